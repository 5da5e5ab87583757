//! The generator as an ONNX file, for any runtime that reads them.

use super::file::ModelFileError;
use super::onnx_types::*;
use crate::model::{GateInfo, Generator, LayerInfo, NamedTensor, SavedGenerator};
use prost::Message;

/// Version of the operator set (ONNX 1.12, 2022); the newest of the operators used (LeakyRelu) needs 16.
pub(crate) const ONNX_OPSET: i64 = 17;
/// The file format of that ONNX release.
const IR_VERSION: i64 = 8;
/// Protocol buffers end at 2 GiB.
const MAX_BYTES: usize = i32::MAX as usize;

/// The file's bytes. Input `z` (N x latent size), output `image` (N x 3 x side x side, values from -1 to 1); N is free.
///
/// # Errors
/// A generator beyond 2 GiB.
pub(crate) fn write_onnx(saved: &SavedGenerator) -> Result<Vec<u8>, ModelFileError> {
    let generator = Generator::new(&saved.config);
    let mut graph = GraphProto {
        name: "generator".to_owned(),
        initializer: saved.tensors.iter().map(weights).collect(),
        input: vec![value("z", &[generator.latent_size()], "latent vectors")],
        output: vec![value("image", &[3, generator.side(), generator.side()], "RGB, values from -1 to 1")],
        ..GraphProto::default()
    };
    let mut kept = Vec::new();
    for layer in generator.layers() {
        match layer {
            LayerInfo::Keep { .. } => kept.push(newest(&graph)),
            LayerInfo::Gate(gate) => add_gate(&mut graph, gate, &kept),
            layer => add(&mut graph, layer),
        }
    }
    if let Some(last) = graph.node.last_mut() {
        last.output = vec!["image".to_owned()];
    }
    let mut about = vec![
        ("purrtrait.model", saved.hash()),
        ("purrtrait.step", saved.step.to_string()),
        ("purrtrait.latent", format!("{:?}", saved.config.latent).to_lowercase()),
    ];
    if !saved.notice.is_empty() {
        about.push(("purrtrait.notice", saved.notice.clone()));
    }
    let model = ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: "GAN generator: z (N x latent size) to image (N x 3 x side x side, -1 to 1)".to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(ONNX_OPSET) }],
        metadata_props: about
            .into_iter()
            .map(|(key, value)| StringStringEntryProto { key: key.to_owned(), value })
            .collect(),
    };
    if model.encoded_len() > MAX_BYTES {
        return Err(ModelFileError::unfit("an ONNX file ends at 2 GiB"));
    }
    Ok(model.encode_to_vec())
}

/// Adds a layer behind those that are there.
fn add(graph: &mut GraphProto, layer: LayerInfo) {
    let number = graph.node.len();
    let (op, more, attribute): (&str, Vec<String>, Vec<AttributeProto>) = match layer {
        LayerInfo::Linear { weight, bias, .. } => {
            ("Gemm", [Some(weight), bias].into_iter().flatten().collect(), vec![int("transB", 1)])
        }
        LayerInfo::Reshape { channels, side, .. } => {
            let name = format!("shape.{number}");
            // -1 stands for the batch, whatever its size.
            let sides = [-1, channels as i64, side as i64, side as i64];
            graph.initializer.push(TensorProto {
                dims: vec![4],
                data_type: INT64,
                name: name.clone(),
                raw_data: sides.iter().flat_map(|s| s.to_le_bytes()).collect(),
            });
            ("Reshape", vec![name], vec![])
        }
        LayerInfo::ConvTranspose(c) => {
            let attributes = vec![
                ints("kernel_shape", c.kernel, 2),
                ints("strides", c.stride, 2),
                ints("pads", c.padding, 4),
                ints("output_padding", c.output_padding, 2),
            ];
            ("ConvTranspose", [Some(c.weight), c.bias].into_iter().flatten().collect(), attributes)
        }
        LayerInfo::BatchNorm { gamma, beta, mean, var, epsilon, .. } => {
            ("BatchNormalization", vec![gamma, beta, mean, var], vec![float("epsilon", epsilon)])
        }
        LayerInfo::Relu => ("Relu", vec![], vec![]),
        LayerInfo::LeakyRelu { slope } => ("LeakyRelu", vec![], vec![float("alpha", slope)]),
        LayerInfo::Tanh => ("Tanh", vec![], vec![]),
        // Made of several operators: see `write_onnx`.
        LayerInfo::Keep { .. } | LayerInfo::Gate(_) => return,
    };
    let input = [vec![newest(graph)], more].concat();
    push(graph, op, input, attribute);
}

/// What the newest node gives.
fn newest(graph: &GraphProto) -> String {
    graph.node.last().map_or_else(|| "z".to_owned(), |node| node.output[0].clone())
}

fn push(graph: &mut GraphProto, op: &str, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
    let number = graph.node.len();
    let output = format!("map.{number}");
    graph.node.push(NodeProto {
        input,
        output: vec![output.clone()],
        name: format!("{}.{number}", op.to_lowercase()),
        op_type: op.to_owned(),
        attribute,
    });
    output
}

fn add_gate(graph: &mut GraphProto, gate: GateInfo, kept: &[String]) {
    let map = newest(graph);
    let Some(mut source) = kept.get(gate.map).cloned() else { return };
    if gate.pool > 1 {
        let sides = vec![ints("kernel_shape", gate.pool, 2), ints("strides", gate.pool, 2)];
        source = push(graph, "AveragePool", vec![source], sides);
    }
    source = push(graph, "Conv", vec![source, gate.first], vec![]);
    source = push(graph, "LeakyRelu", vec![source], vec![float("alpha", gate.slope)]);
    source = push(graph, "Conv", vec![source, gate.second], vec![]);
    source = push(graph, "Sigmoid", vec![source], vec![]);
    push(graph, "Mul", vec![map, source], vec![]);
}

fn weights(tensor: &NamedTensor) -> TensorProto {
    TensorProto {
        dims: tensor.shape.iter().map(|side| *side as i64).collect(),
        data_type: FLOAT,
        name: tensor.name.clone(),
        raw_data: tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

/// An input or output with a free number of rows.
fn value(name: &str, sides: &[usize], words: &str) -> ValueInfoProto {
    let batch = DimensionProto { dim_param: Some("N".to_owned()), dim_value: None };
    let fixed = sides.iter().map(|s| DimensionProto { dim_value: Some(*s as i64), dim_param: None });
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(fixed).collect() };
    let tensor_type = Some(TensorTypeProto { elem_type: FLOAT, shape: Some(shape) });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }), doc_string: words.to_owned() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: Some(value), r#type: INT_ATTRIBUTE, ..Default::default() }
}

fn ints(name: &str, value: usize, count: usize) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: vec![value as i64; count],
        r#type: INTS_ATTRIBUTE,
        ..Default::default()
    }
}

fn float(name: &str, value: f64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: Some(value as f32), r#type: FLOAT_ATTRIBUTE, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{architectures, random};
    use super::*;

    /// Read back: each node's inputs exist before it, and nothing is stored in vain. What the numbers mean is checked
    /// by onnxruntime (`tests/reference/onnx_check.py`).
    #[test]
    fn the_graph_is_connected_for_every_architecture() {
        for config in architectures() {
            let bytes = write_onnx(&random(&config)).unwrap();
            let model = ModelProto::decode(bytes.as_slice()).unwrap();
            assert_eq!((model.ir_version, model.opset_import[0].version), (Some(8), Some(17)));
            let graph = model.graph.unwrap();
            let stored: Vec<String> = graph.initializer.iter().map(|t| t.name.clone()).collect();
            let mut known = [vec!["z".to_owned()], stored.clone()].concat();
            for node in &graph.node {
                assert!(node.input.iter().all(|name| known.contains(name)), "{node:?}");
                assert!(!known.contains(&node.output[0]), "{node:?}");
                known.push(node.output[0].clone());
            }
            assert_eq!(known.last().unwrap(), "image");
            for name in stored {
                assert!(graph.node.iter().any(|n| n.input.contains(&name)), "{name}");
            }
            for tensor in &graph.initializer {
                let count: i64 = tensor.dims.iter().product();
                let width = if tensor.data_type == FLOAT { 4 } else { 8 };
                assert_eq!(tensor.raw_data.len(), count as usize * width);
            }
        }
    }
}
