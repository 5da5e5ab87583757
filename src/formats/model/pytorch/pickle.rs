//! What a Python pickle holds, as far as weights need it: tensors, and the dictionaries, lists and objects they stand
//! in. `unpickle` makes it.
//!
//! Lists and dictionaries live in one flat store, so neither deep nesting nor sharing nor cycles can blow anything up.

use super::super::file::Number;

/// A value. Texts, lists, dictionaries, storages and tensors are indices into the [`Pickle`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PickleValue {
    /// None, truth values, real numbers, bytes, long texts: allowed, but of no use here.
    Plain,
    Int(i64),
    Text(u32),
    /// A list, a tuple or a set.
    List(u32),
    /// Keys and values in turn.
    Dict(u32),
    /// A class or function that is not known here; the text is its name.
    Class(u32),
    /// What calling such a class or function would have made. `items` are keys and values in turn, as of a dictionary.
    Object {
        class: u32,
        items: u32,
    },
    /// As a key of an object: the value holds its attributes.
    Attributes,
    Storage(u32),
    Tensor(u32),
    Known(KnownClass),
    Mark,
}

/// The few functions and types that a state dict names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum KnownClass {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// For subclasses of tensors: function, type and the arguments.
    RebuildFromType,
    Storage(Number),
}

/// Numbers in a file of the archive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Storage {
    /// Name of the file.
    pub key: String,
    pub number: Number,
    /// Numbers in it.
    pub count: usize,
}

/// A part of a storage. Nothing of it is checked yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredTensor {
    pub storage: usize,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// What a program built.
#[derive(Debug, Default)]
pub(super) struct Pickle {
    pub texts: Vec<String>,
    pub lists: Vec<Vec<PickleValue>>,
    pub storages: Vec<Storage>,
    pub tensors: Vec<StoredTensor>,
}

impl Pickle {
    /// A text by its index.
    pub(super) fn name(&self, index: u32) -> &str {
        &self.texts[index as usize]
    }

    pub(super) fn as_text(&self, value: PickleValue) -> Result<&str, String> {
        match value {
            PickleValue::Text(index) => Ok(self.name(index)),
            _ => Err("the pickle is damaged: no text where one belongs".to_owned()),
        }
    }

    /// What a list, dictionary or object holds; nothing for other values.
    pub(super) fn items(&self, value: PickleValue) -> &[PickleValue] {
        match value {
            PickleValue::List(index) | PickleValue::Dict(index) | PickleValue::Object { items: index, .. } => {
                &self.lists[index as usize]
            }
            _ => &[],
        }
    }

    /// A list of sizes; none where it is something else.
    fn sizes(&self, value: PickleValue) -> Option<Vec<usize>> {
        let items = self.items(value);
        if !matches!(value, PickleValue::List(_)) || items.len() > 8 {
            return None;
        }
        items.iter().map(|item| size(*item)).collect()
    }

    /// The tensor that the arguments of its function describe, if its numbers are of a known type.
    pub(super) fn stored_tensor(&self, arguments: PickleValue) -> Option<StoredTensor> {
        let [PickleValue::Storage(storage), offset, shape, strides, ..] = *self.items(arguments) else {
            return None;
        };
        Some(StoredTensor {
            storage: storage as usize,
            offset: size(offset)?,
            shape: self.sizes(shape)?,
            strides: self.sizes(strides)?,
        })
    }
}

/// A number that is a size.
pub(super) fn size(value: PickleValue) -> Option<usize> {
    match value {
        PickleValue::Int(n) => usize::try_from(n).ok(),
        _ => None,
    }
}

/// What a state dict names by this module and name.
pub(super) fn known_class(module: &str, name: &str) -> Option<KnownClass> {
    let number = match (module, name) {
        ("collections", "OrderedDict") => return Some(KnownClass::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => return Some(KnownClass::RebuildTensor),
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            return Some(KnownClass::RebuildParameter);
        }
        ("torch._tensor", "_rebuild_from_type_v2") => return Some(KnownClass::RebuildFromType),
        // Before PyTorch 1.6 numbers of a GPU had types of their own.
        ("torch" | "torch.cuda", name) => match name {
            "FloatStorage" => Number::F32,
            "DoubleStorage" => Number::F64,
            "HalfStorage" => Number::F16,
            "BFloat16Storage" => Number::Bf16,
            "ComplexDoubleStorage" => Number::Other { bytes: 16 },
            "LongStorage" | "ComplexFloatStorage" => Number::Other { bytes: 8 },
            "IntStorage" | "QInt32Storage" => Number::Other { bytes: 4 },
            "ShortStorage" => Number::Other { bytes: 2 },
            "CharStorage" | "ByteStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage" => {
                Number::Other { bytes: 1 }
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(KnownClass::Storage(number))
}
