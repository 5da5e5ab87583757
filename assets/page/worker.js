// Runs a generator: latent vector in, picture out. Plain loops over typed arrays; no network, no libraries.
//
// Maps lie in memory pixel by pixel (row, column, channel), with a rim of zeros, so that the innermost loop reads its
// inputs and its weights one after the other and needs no bounds checks. A transposed convolution of stride s is s * s
// small convolutions, one for each position of an output pixel within a step: what adds nothing is never multiplied.
"use strict";

const BLOCK = 4; // output channels computed together

function activation(kind, slope) {
  if (kind === "relu") return (x) => (x > 0 ? x : 0);
  if (kind === "leaky-relu") return (x) => (x > 0 ? x : slope * x);
  if (kind === "tanh") return Math.tanh;
  return (x) => x;
}

// A map of channels x side x side with `rim` pixels of zeros around it.
function makeMap(channels, side, rim) {
  const pitch = side + 2 * rim;
  return { channels, side, rim, pitch, data: new Float64Array(channels * pitch * pitch) };
}

// weight: outputs x inputs; output number c * side * side + pixel.
function dense(layer, weight, bias, out) {
  const act = activation(layer.activation, layer.slope);
  const { inputs, side } = layer;
  const pixels = side * side;
  return (z) => {
    for (let c = 0; c < layer.channels; c++) {
      for (let p = 0; p < pixels; p++) {
        const row = (c * pixels + p) * inputs;
        let sum = bias[c * pixels + p];
        for (let i = 0; i < inputs; i++) sum += z[i] * weight[row + i];
        const y = Math.floor(p / side) + out.rim;
        const x = (p % side) + out.rim;
        out.data[(y * out.pitch + x) * out.channels + c] = act(sum);
      }
    }
  };
}

// weight: inputs x outputs x kernel x kernel.
function transposed(layer, weight, bias, map, out) {
  const { inputs, outputs, kernel, stride, padding, activation: kind, slope } = layer;
  const act = activation(kind, slope);
  const blocks = Math.ceil(outputs / BLOCK);
  const phases = [];
  for (let py = 0; py < stride; py++) {
    for (let px = 0; px < stride; px++) {
      const taps = [];
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++) {
          const dy = (py + padding - ky) / stride;
          const dx = (px + padding - kx) / stride;
          if (Number.isInteger(dy) && Number.isInteger(dx)) taps.push({ ky, kx, at: (dy * map.pitch + dx) * inputs });
        }
      }
      const ordered = new Float32Array(blocks * taps.length * inputs * BLOCK);
      let w = 0;
      for (let block = 0; block < blocks; block++) {
        for (const tap of taps) {
          for (let i = 0; i < inputs; i++) {
            for (let b = 0; b < BLOCK; b++, w++) {
              const o = block * BLOCK + b;
              if (o < outputs) ordered[w] = weight[((i * outputs + o) * kernel + tap.ky) * kernel + tap.kx];
            }
          }
        }
      }
      phases.push({ py, px, offsets: Int32Array.from(taps, (t) => t.at), ordered });
    }
  }
  const biases = new Float64Array(blocks * BLOCK);
  biases.set(bias);
  return () => {
    for (const phase of phases) convolve(phase, biases, inputs, outputs, stride, act, map, out);
  };
}

// Two neighbouring pixels and four channels at a time: eight sums stay in registers.
function convolve(phase, biases, inputs, outputs, stride, act, map, out) {
  const { py, px, offsets, ordered } = phase;
  const source = map.data;
  const target = out.data;
  const taps = offsets.length;
  const steps = out.side / stride;
  for (let block = 0; block < biases.length; block += BLOCK) {
    const first = block * taps * inputs;
    const b0 = biases[block], b1 = biases[block + 1], b2 = biases[block + 2], b3 = biases[block + 3];
    for (let qy = 0; qy < steps; qy++) {
      for (let qx = 0; qx < steps; qx += 2) {
        const centre = ((qy + map.rim) * map.pitch + qx + map.rim) * inputs;
        let s0 = b0, s1 = b1, s2 = b2, s3 = b3, t0 = b0, t1 = b1, t2 = b2, t3 = b3;
        let w = first;
        for (let tap = 0; tap < taps; tap++) {
          const start = centre + offsets[tap];
          const end = start + inputs;
          for (let i = start; i < end; i++, w += 4) {
            const u = source[i];
            const v = source[i + inputs];
            const w0 = ordered[w], w1 = ordered[w + 1], w2 = ordered[w + 2], w3 = ordered[w + 3];
            s0 += u * w0; s1 += u * w1; s2 += u * w2; s3 += u * w3;
            t0 += v * w0; t1 += v * w1; t2 += v * w2; t3 += v * w3;
          }
        }
        const at = ((qy * stride + py + out.rim) * out.pitch + qx * stride + px + out.rim) * outputs + block;
        const next = at + stride * outputs;
        target[at] = act(s0); target[next] = act(t0);
        if (block + 1 < outputs) { target[at + 1] = act(s1); target[next + 1] = act(t1); }
        if (block + 2 < outputs) { target[at + 2] = act(s2); target[next + 2] = act(t2); }
        if (block + 3 < outputs) { target[at + 3] = act(s3); target[next + 3] = act(t3); }
      }
    }
  }
}

// Multiplies each channel of `out` by a number between 0 and 1 that the map `of` decides. first: channels x inputs x 4 x 4,
// second: channels x channels.
function gate(layer, first, second, of, out) {
  const { inputs, channels, pool, slope } = layer;
  const side = 4;
  const seen = new Float64Array(inputs * side * side);
  const hidden = new Float64Array(channels);
  return () => {
    seen.fill(0);
    for (let y = 0; y < of.side; y++) {
      for (let x = 0; x < of.side; x++) {
        const at = ((y + of.rim) * of.pitch + x + of.rim) * inputs;
        const place = Math.floor(y / pool) * side + Math.floor(x / pool);
        for (let i = 0; i < inputs; i++) seen[i * side * side + place] += of.data[at + i] / (pool * pool);
      }
    }
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = 0; i < seen.length; i++) sum += first[c * seen.length + i] * seen[i];
      hidden[c] = sum > 0 ? sum : slope * sum;
    }
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = 0; i < channels; i++) sum += second[c * channels + i] * hidden[i];
      const factor = 1 / (1 + Math.exp(-sum));
      for (let i = c; i < out.data.length; i += channels) out.data[i] *= factor;
    }
  };
}

// Weights follow each other in the order of the layers: weight, then bias.
function build(model, numbers) {
  let place = 0;
  const take = (count) => numbers.subarray(place, (place += count));
  const steps = [];
  const maps = [];
  let map = null;
  model.layers.forEach((layer, i) => {
    const next = model.layers.slice(i + 1).find((later) => later.kind !== "gate");
    const rim = next ? Math.ceil(next.kernel / 2) : 0;
    if (layer.kind === "dense") {
      const outputs = layer.channels * layer.side * layer.side;
      const out = makeMap(layer.channels, layer.side, rim);
      const weight = take(outputs * layer.inputs);
      steps.push(dense(layer, weight, take(outputs), out));
      map = out;
    } else if (layer.kind === "gate") {
      const first = take(layer.channels * layer.inputs * 16);
      steps.push(gate(layer, first, take(layer.channels * layer.channels), maps[layer.of], map));
    } else {
      const out = makeMap(layer.outputs, layer.side, rim);
      const weight = take(layer.inputs * layer.outputs * layer.kernel * layer.kernel);
      steps.push(transposed(layer, weight, take(layer.outputs), map, out));
      map = out;
    }
    maps.push(map);
  });
  return (z) => {
    for (const step of steps) step(z);
    return Float32Array.from(map.data);
  };
}

// Plain enlargement: Lanczos with three lobes, within the range of the 4 x 4 pixels around. Bytes in, bytes out.
function lanczos(bytes, side, factor) {
  const wide = side * factor;
  const bell = (x) => (Math.abs(x) < 1e-5 ? 1 : (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2);
  const places = Array.from({ length: wide }, (_, i) => {
    const at = (i + 0.5) / factor - 0.5;
    const base = Math.floor(at);
    const weights = Array.from({ length: 6 }, (_, j) => bell(at - base + 2 - j));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const taps = weights.map((_, j) => Math.min(side - 1, Math.max(0, base - 2 + j)));
    return { taps, weights: weights.map((weight) => weight / total) };
  });
  const rows = new Float32Array(side * wide * 3);
  const low = new Uint8Array(rows.length);
  const high = new Uint8Array(rows.length);
  for (let y = 0, to = 0; y < side; y++) {
    for (const { taps, weights } of places) {
      for (let c = 0; c < 3; c++, to++) {
        const values = taps.map((x) => bytes[(y * side + x) * 3 + c]);
        rows[to] = values.reduce((sum, value, j) => sum + value * weights[j], 0);
        low[to] = Math.min(...values.slice(1, 5));
        high[to] = Math.max(...values.slice(1, 5));
      }
    }
  }
  const large = new Uint8ClampedArray(wide * wide * 3);
  for (let y = 0, to = 0; y < wide; y++) {
    const { taps, weights } = places[y];
    for (let i = 0; i < wide * 3; i++, to++) {
      let [sum, least, most] = [0, 255, 0];
      for (let j = 0; j < 6; j++) {
        const from = taps[j] * wide * 3 + i;
        sum += rows[from] * weights[j];
        if (j > 0 && j < 5) [least, most] = [Math.min(least, low[from]), Math.max(most, high[from])];
      }
      large[to] = Math.round(Math.min(most, Math.max(least, sum)));
    }
  }
  return large;
}

// A network that adds to the enlargement what it lacks: values from -1 to 1 in, bytes out. As src/sharpen/network.rs.
function buildSharpening({ side, factor }, numbers) {
  let place = 0;
  const take = (count) => numbers.subarray(place, (place += count));
  const steps = [];
  function conv(map, outputs, kernel, kind) {
    const stride = kernel === 4 ? 2 : 1;
    const out = makeMap(outputs, map.side * stride, 1);
    const layer = { inputs: map.channels, outputs, kernel, stride, padding: 1, activation: kind, slope: 0.2 };
    const weight = take(map.channels * outputs * kernel * kernel);
    steps.push(transposed(layer, weight, take(outputs), map, out));
    return out;
  }
  const each = (map, change) => steps.push(() => map.data.forEach((value, i) => (map.data[i] = change(value, i))));
  const add = (map, more) => each(map, (value, i) => value + more.data[i]);
  function leaky(map) {
    const out = makeMap(map.channels, map.side, 1);
    each(out, (_, i) => (map.data[i] > 0 ? map.data[i] : 0.2 * map.data[i]));
    return out;
  }
  const residual = (map) => add(map, conv(conv(map, map.channels, 3, "leaky-relu"), map.channels, 3, ""));
  // The four pixels of each square of 2 x 2 become channels.
  function pack(map) {
    const out = makeMap(4 * map.channels, map.side / 2, 1);
    steps.push(() => {
      for (let y = 0; y < map.side; y++) {
        for (let x = 0; x < map.side; x++) {
          const from = ((y + 1) * map.pitch + x + 1) * map.channels;
          const square = ((y >> 1) + 1) * out.pitch + (x >> 1) + 1;
          const to = square * out.channels + ((y & 1) * 2 + (x & 1)) * map.channels;
          for (let c = 0; c < map.channels; c++) out.data[to + c] = map.data[from + c];
        }
      }
    });
    return out;
  }
  const input = makeMap(3, side, 1);
  const own = conv(input, 32, 3, "leaky-relu");
  const half = conv(pack(own), 64, 3, "leaky-relu");
  residual(half);
  residual(half);
  const map = conv(leaky(half), 32, 4, "");
  add(map, own);
  residual(map);
  const tail = conv(leaky(map), 3 * factor * factor, 3, "");
  return (picture) => {
    const bytes = Uint8ClampedArray.from(picture, (value) => Math.round((value + 1) * 127.5));
    for (let y = 0, from = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let c = 0; c < 3; c++) input.data[((y + 1) * input.pitch + x + 1) * 3 + c] = bytes[from++] / 127.5 - 1;
      }
    }
    for (const step of steps) step();
    const large = lanczos(bytes, side, factor);
    for (let y = 0, to = 0; y < side * factor; y++) {
      for (let x = 0; x < side * factor; x++) {
        const pixel = (Math.floor(y / factor) + 1) * tail.pitch + Math.floor(x / factor) + 1;
        for (let c = 0; c < 3; c++, to++) {
          const channel = (c * factor + (y % factor)) * factor + (x % factor);
          large[to] = Math.round(large[to] + 127.5 * tail.data[pixel * tail.channels + channel]);
        }
      }
    }
    return large;
  };
}

let run = null;
self.onmessage = ({ data }) => {
  if (data.numbers) {
    const numbers = new Float32Array(data.numbers);
    run = data.model ? build(data.model, numbers) : buildSharpening(data.sharpen, numbers);
    return;
  }
  const began = performance.now();
  const picture = run(data.input);
  self.postMessage({ id: data.id, picture, ms: performance.now() - began }, [picture.buffer]);
};
