// Enlarges a picture: Lanczos with three lobes, clamped to the range of the 4 x 4 pixels around each place.
// The twin of src/export/upscale.rs, which says why; tests/gpu.rs compares the two.

struct View {
    // Place of the target's top left corner in the picture, in its pixels from its own top left corner.
    origin: vec2<f32>,
    // The picture's pixels per pixel of the target: 1 / magnification.
    step: vec2<f32>,
}

// Its values are taken as they are: a format without sRGB conversion, as the target's.
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<uniform> view: View;

const PI: f32 = 3.14159265358979;

// sinc(x) sinc(x / 3), 0 beyond 3.
fn lanczos(x: f32) -> f32 {
    if abs(x) < 1e-5 {
        return 1.0;
    }
    if abs(x) >= 3.0 {
        return 0.0;
    }
    return 3.0 * sin(PI * x) * sin(PI * x / 3.0) / (PI * PI * x * x);
}

// The picture's colour at a place, in its pixels, where whole numbers are the centres of pixels.
fn colour(place: vec2<f32>) -> vec3<f32> {
    let base = floor(place);
    let fraction = place - base;
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    var sum = vec3<f32>(0.0);
    var total = 0.0;
    var low = vec3<f32>(1.0);
    var high = vec3<f32>(0.0);
    var weights_x: array<f32, 6>;
    for (var i = 0; i < 6; i++) {
        weights_x[i] = lanczos(fraction.x - f32(i - 2));
    }
    for (var y = -2; y <= 3; y++) {
        let weight_y = lanczos(fraction.y - f32(y));
        for (var x = -2; x <= 3; x++) {
            let weight = weights_x[x + 2] * weight_y;
            // The pixels beyond the edge are those at the edge.
            let at = clamp(vec2<i32>(base) + vec2<i32>(x, y), vec2<i32>(0), last);
            let value = textureLoad(picture, at, 0).rgb;
            sum += weight * value;
            total += weight;
            if x >= -1 && x <= 2 && y >= -1 && y <= 2 {
                low = min(low, value);
                high = max(high, value);
            }
        }
    }
    return clamp(sum / total, low, high);
}

// The same of a picture that is nearly as large as the target: between the four nearest pixels.
fn nearly(place: vec2<f32>) -> vec3<f32> {
    let base = floor(place);
    let fraction = place - base;
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    let low = clamp(vec2<i32>(base), vec2<i32>(0), last);
    let high = clamp(vec2<i32>(base) + 1, vec2<i32>(0), last);
    let above = mix(textureLoad(picture, low, 0), textureLoad(picture, vec2<i32>(high.x, low.y), 0), fraction.x);
    let below = mix(textureLoad(picture, vec2<i32>(low.x, high.y), 0), textureLoad(picture, high, 0), fraction.x);
    return mix(above, below, fraction.y).rgb;
}

// One triangle that covers the target.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let x = f32(i32(index & 1u) * 4 - 1);
    let y = f32(i32(index >> 1u) * 4 - 1);
    return vec4<f32>(x, y, 0.0, 1.0);
}

@fragment
fn pixel(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(colour(view.origin + position.xy * view.step - 0.5), 1.0);
}

@fragment
fn nearly_pixel(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(nearly(view.origin + position.xy * view.step - 0.5), 1.0);
}
