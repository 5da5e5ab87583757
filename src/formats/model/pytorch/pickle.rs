//! What a Python pickle builds, as far as weights need it: tensors, and the dictionaries, lists and objects they stand
//! in. Nothing is executed: a class or function that is not known here only gives its name to an empty
//! [`Value::Object`], and whatever such an object is filled with is kept as data.
//!
//! Every instruction (`program`) costs a bounded amount of time and memory, there is a limit to how many there may be,
//! and lists and dictionaries live in one flat store, so neither deep nesting nor sharing nor cycles can blow anything
//! up.

use super::super::file::Number;
use super::program::{Input, Kind, Op, short};
use std::collections::HashMap;

/// Values that a program may make. State dicts have some hundreds; lists of losses beside them, up to a million.
pub(super) const MAX_VALUES: usize = 2_000_000;
/// Longer texts are no names of tensors, and are not kept.
const MAX_TEXT: usize = 256;

/// A value. Texts, lists and dictionaries are places in the [`Pickle`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
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
    Known(Known),
    Mark,
}

/// The few functions and types that a state dict names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Known {
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
pub(super) struct TensorPlace {
    pub storage: usize,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// What a program built.
#[derive(Debug)]
pub(super) struct Pickle {
    texts: Vec<String>,
    lists: Vec<Vec<Value>>,
    pub storages: Vec<Storage>,
    pub tensors: Vec<TensorPlace>,
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
    /// How many values have been made.
    made: usize,
}

impl Pickle {
    /// Reads a program to its end; gives the value it ends with.
    ///
    /// # Errors
    /// In words: what is damaged, or too many values.
    pub fn read(program: &[u8]) -> Result<(Self, Value), String> {
        Self::read_first(&mut { program })
    }

    /// As [`Self::read`], of a program that other bytes follow; `bytes` is what is left then.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_first(bytes: &mut &[u8]) -> Result<(Self, Value), String> {
        let mut pickle = Self {
            // The name of what has none.
            texts: vec!["an object".to_owned()],
            lists: Vec::new(),
            storages: Vec::new(),
            tensors: Vec::new(),
            stack: Vec::new(),
            memo: HashMap::new(),
            made: 0,
        };
        let mut input = Input { rest: bytes };
        while let Some(op) = input.op()? {
            pickle.spend(1)?;
            pickle.step(op)?;
        }
        let value = pickle.pop()?;
        *bytes = input.rest;
        Ok((pickle, value))
    }

    fn spend(&mut self, values: usize) -> Result<(), String> {
        self.made += values;
        if self.made <= MAX_VALUES {
            return Ok(());
        }
        Err(format!(
            "holds more than {MAX_VALUES} values beside the weights; save the weights alone: \
             torch.save(model.state_dict(), ...)"
        ))
    }

    fn step(&mut self, op: Op) -> Result<(), String> {
        match op {
            Op::Nothing => {}
            Op::Plain => self.stack.push(Value::Plain),
            Op::Int(n) => self.stack.push(Value::Int(n)),
            Op::Text(bytes) => self.text(bytes)?,
            Op::Mark => self.stack.push(Value::Mark),
            Op::Pop => _ = self.pop()?,
            Op::PopMark => _ = self.pop_to_mark()?,
            Op::Again => {
                let top = *self.stack.last().ok_or_else(short)?;
                self.stack.push(top);
            }
            Op::Class(module, name) => {
                let class = self.class(module, name)?;
                self.stack.push(class);
            }
            Op::ClassOfTexts => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (module, name) = (self.as_text(module)?.to_owned(), self.as_text(name)?.to_owned());
                let class = self.class(&module, &name)?;
                self.stack.push(class);
            }
            Op::Empty(kind) => self.list(Vec::new(), kind),
            Op::FromMark(kind) => {
                let items = self.pop_to_mark()?;
                self.list(items, kind);
            }
            Op::Tuple(count) => {
                let start = self.stack.len().checked_sub(count).ok_or_else(short)?;
                let items = self.stack.split_off(start);
                self.list(items, Kind::List);
            }
            Op::Append => {
                let item = self.pop()?;
                self.extend(vec![item], false)?;
            }
            Op::Appends => {
                let items = self.pop_to_mark()?;
                self.extend(items, false)?;
            }
            Op::Set => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(vec![key, value], true)?;
            }
            Op::Sets => {
                let items = self.pop_to_mark()?;
                self.extend(items, true)?;
            }
            Op::Remember(number) => {
                let value = *self.stack.last().ok_or_else(short)?;
                let number = number.unwrap_or(self.memo.len() as u32);
                self.memo.insert(number, value);
            }
            Op::Recall(number) => {
                let value = self.memo.get(&number).ok_or("its description recalls what was never there")?;
                self.stack.push(*value);
            }
            Op::Persistent => self.persistent()?,
            Op::Call => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(function, arguments)?;
            }
            // The arguments are one value, or two with named ones.
            Op::New(arguments) => {
                for _ in 0..arguments {
                    self.pop()?;
                }
                let class = self.pop()?;
                self.object(class);
            }
            Op::NewFromMark(class) => {
                let items = self.pop_to_mark()?;
                let class = match class {
                    Some((module, name)) => self.class(module, name)?,
                    None => *items.first().ok_or_else(short)?,
                };
                self.object(class);
            }
            Op::Build => {
                let state = self.pop()?;
                self.build(state)?;
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(short)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.stack.iter().rposition(|v| *v == Value::Mark).ok_or_else(short)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(items)
    }

    fn text(&mut self, bytes: &[u8]) -> Result<(), String> {
        let text = if bytes.len() <= MAX_TEXT { std::str::from_utf8(bytes).ok() } else { None };
        let value = match text {
            Some(text) => Value::Text(self.keep(text.to_owned())?),
            None => Value::Plain,
        };
        self.stack.push(value);
        Ok(())
    }

    /// Keeps a text, which counts as several values if it is long.
    fn keep(&mut self, text: String) -> Result<u32, String> {
        self.spend(text.len() / size_of::<Value>())?;
        Ok(push(&mut self.texts, text))
    }

    fn list(&mut self, items: Vec<Value>, kind: Kind) {
        let place = push(&mut self.lists, items);
        self.stack.push(match kind {
            Kind::List => Value::List(place),
            Kind::Dict => Value::Dict(place),
        });
    }

    fn class(&mut self, module: &str, name: &str) -> Result<Value, String> {
        Ok(match known(module, name) {
            Some(known) => Value::Known(known),
            None => Value::Class(self.keep(format!("{module}.{name}").chars().take(MAX_TEXT).collect())?),
        })
    }

    /// What calling `class` makes, as far as it is known here.
    fn object(&mut self, class: Value) {
        let items = push(&mut self.lists, Vec::new());
        self.stack.push(match class {
            Value::Known(Known::OrderedDict) => Value::Dict(items),
            Value::Class(class) | Value::Object { class, .. } => Value::Object { class, items },
            _ => Value::Object { class: 0, items },
        });
    }

    fn extend(&mut self, items: Vec<Value>, pairs: bool) -> Result<(), String> {
        match (self.stack.last(), pairs) {
            (Some(Value::Dict(place) | Value::Object { items: place, .. }), true) if items.len().is_multiple_of(2) => {
                self.lists[*place as usize].extend(items);
            }
            (Some(Value::List(place)), false) => self.lists[*place as usize].extend(items),
            // A list of a kind of its own; weights have names.
            (Some(Value::Object { .. }), false) => {}
            _ => return Err("its description is damaged: items for something that holds none".to_owned()),
        }
        Ok(())
    }

    /// A value's attributes. Those of dictionaries and tensors (versions of the modules, hooks) are not needed.
    fn build(&mut self, state: Value) -> Result<(), String> {
        let target = *self.stack.last().ok_or_else(short)?;
        let Value::Object { items, .. } = target else { return Ok(()) };
        let attributes: Vec<Value> = match state {
            // Attributes, and those that the class has a fixed place for.
            Value::List(place) => self.lists[place as usize].iter().take(2).copied().collect(),
            other => vec![other],
        };
        let attributes = attributes.into_iter().filter(|v| matches!(v, Value::Dict(_)));
        self.lists[items as usize].extend(attributes.flat_map(|v| [Value::Attributes, v]));
        Ok(())
    }

    /// The text at a place.
    pub fn name(&self, place: u32) -> &str {
        &self.texts[place as usize]
    }

    pub fn as_text(&self, value: Value) -> Result<&str, String> {
        match value {
            Value::Text(place) => Ok(self.name(place)),
            _ => Err("its description is damaged: no text where one belongs".to_owned()),
        }
    }

    /// What a list, dictionary or object holds; nothing for other values.
    pub fn items(&self, value: Value) -> &[Value] {
        match value {
            Value::List(place) | Value::Dict(place) | Value::Object { items: place, .. } => &self.lists[place as usize],
            _ => &[],
        }
    }

    fn sizes(&self, value: Value) -> Option<Vec<usize>> {
        let items = self.items(value);
        if !matches!(value, Value::List(_)) || items.len() > 8 {
            return None;
        }
        items.iter().map(|item| size(*item)).collect()
    }

    /// `('storage', type, file, device, numbers)`: numbers kept in a file of the archive. Before PyTorch 1.6 a sixth
    /// value followed, which is None unless the storage is a part of another. Anything else is of no use here.
    fn persistent(&mut self) -> Result<(), String> {
        let about = self.pop()?;
        let value = match *self.items(about) {
            [kind, Value::Known(Known::Storage(number)), key, _, count]
            | [kind, Value::Known(Known::Storage(number)), key, _, count, Value::Plain]
                if self.as_text(kind) == Ok("storage") =>
            {
                let key = match key {
                    Value::Int(key) => key.to_string(),
                    key => self.as_text(key)?.to_owned(),
                };
                self.spend(key.len() / size_of::<Value>())?;
                let count = size(count).ok_or("its description is damaged: a storage without a size")?;
                Value::Storage(push(&mut self.storages, Storage { key, number, count }))
            }
            // A class with its source text, beside whole models from before 1.6.
            [kind, class, ..] if self.as_text(kind) == Ok("module") => class,
            _ => Value::Plain,
        };
        self.stack.push(value);
        Ok(())
    }

    fn call(&mut self, function: Value, arguments: Value) -> Result<(), String> {
        match (function, self.items(arguments)) {
            (Value::Known(Known::OrderedDict), &[pairs @ Value::List(_)]) => {
                let pairs: Vec<Value> =
                    self.items(pairs).iter().flat_map(|pair| self.items(*pair).iter().take(2).copied()).collect();
                self.spend(pairs.len())?;
                self.list(pairs, Kind::Dict);
            }
            // A parameter is a tensor that can be trained.
            (Value::Known(Known::RebuildParameter), &[tensor @ Value::Tensor(_), ..]) => self.stack.push(tensor),
            (Value::Known(Known::RebuildTensor), _) => self.tensor(function, arguments),
            (Value::Known(Known::RebuildFromType), &[Value::Known(Known::RebuildTensor), _, arguments, ..]) => {
                self.tensor(function, arguments);
            }
            _ => self.object(function),
        }
        Ok(())
    }

    /// A tensor; another object where its numbers are of a kind that is not known here.
    fn tensor(&mut self, function: Value, arguments: Value) {
        let place = match *self.items(arguments) {
            [Value::Storage(storage), offset, shape, strides, ..] => {
                let place = (size(offset), self.sizes(shape), self.sizes(strides));
                match place {
                    (Some(offset), Some(shape), Some(strides)) => {
                        Some(TensorPlace { storage: storage as usize, offset, shape, strides })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        match place {
            Some(place) => {
                let place = push(&mut self.tensors, place);
                self.stack.push(Value::Tensor(place));
            }
            None => self.object(function),
        }
    }
}

/// Appends; gives the place. Places fit, because [`MAX_VALUES`] do.
fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    (list.len() - 1) as u32
}

fn size(value: Value) -> Option<usize> {
    match value {
        Value::Int(n) => usize::try_from(n).ok(),
        _ => None,
    }
}

fn known(module: &str, name: &str) -> Option<Known> {
    let number = match (module, name) {
        ("collections", "OrderedDict") => return Some(Known::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => return Some(Known::RebuildTensor),
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            return Some(Known::RebuildParameter);
        }
        ("torch._tensor", "_rebuild_from_type_v2") => return Some(Known::RebuildFromType),
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
    Some(Known::Storage(number))
}
