//! Just enough of Python's pickle format for a PyTorch state dict. Nothing is executed: only tensors, dictionaries,
//! lists, tuples and plain values are understood, and a file that asks for anything else is refused by name.
//!
//! Every instruction costs a bounded amount of time and memory, and lists and dictionaries live in one flat store, so
//! neither deep nesting nor sharing nor cycles can blow anything up.

use super::file::Number;
use std::collections::HashMap;

/// Longest program that is read. State dicts of generators need some kilobytes.
const MAX_PICKLE: usize = 1 << 20;

/// A value. Texts, lists and dictionaries are places in the [`Pickle`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// None, truth values and real numbers: allowed, but of no use here.
    Plain,
    Int(i64),
    Text(usize),
    /// A list or a tuple.
    List(usize),
    /// Keys and values in turn.
    Dict(usize),
    Storage(usize),
    Tensor(usize),
    Known(Known),
    Mark,
}

/// The few functions and types that a state dict names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Known {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
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

/// A contiguous part of a storage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TensorPlace {
    pub storage: usize,
    pub offset: usize,
    pub shape: Vec<usize>,
}

/// What a program built.
#[derive(Debug, Default)]
pub(super) struct Pickle {
    pub texts: Vec<String>,
    pub lists: Vec<Vec<Value>>,
    pub storages: Vec<Storage>,
    pub tensors: Vec<TensorPlace>,
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
}

impl Pickle {
    /// Reads a program to its end; gives the value it ends with.
    ///
    /// # Errors
    /// In words: what is damaged, or what it asks for that is not allowed.
    pub fn read(program: &[u8]) -> Result<(Self, Value), String> {
        if program.len() > MAX_PICKLE {
            return Err(format!("its description is {} bytes long; no state dict needs that", program.len()));
        }
        Self::read_first(&mut { program })
    }

    /// As [`Self::read`], of a program that other bytes follow; `bytes` is what is left then.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_first(bytes: &mut &[u8]) -> Result<(Self, Value), String> {
        let program = &bytes[..bytes.len().min(MAX_PICKLE)];
        let (mut pickle, mut input) = (Self::default(), Input { rest: program });
        loop {
            let op = input.byte()?;
            if op == b'.' {
                let value = pickle.pop()?;
                *bytes = &bytes[program.len() - input.rest.len()..];
                return Ok((pickle, value));
            }
            pickle.step(op, &mut input)?;
        }
    }

    fn step(&mut self, op: u8, input: &mut Input) -> Result<(), String> {
        match op {
            // Protocol, frame length: nothing to do.
            0x80 => _ = input.byte()?,
            0x95 => _ = input.take(8)?,
            b'(' => self.stack.push(Value::Mark),
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Plain),
            b'G' => {
                input.take(8)?;
                self.stack.push(Value::Plain);
            }
            b'J' => self.stack.push(Value::Int(i32::from_le_bytes(input.array()?).into())),
            b'K' => self.stack.push(Value::Int(input.byte()?.into())),
            b'M' => self.stack.push(Value::Int(u16::from_le_bytes(input.array()?).into())),
            0x8a => {
                let length = usize::from(input.byte()?);
                let value = long(input.take(length)?)?;
                self.stack.push(Value::Int(value));
            }
            b'X' => {
                let length = u32::from_le_bytes(input.array()?) as usize;
                self.text(input.take(length)?)?;
            }
            0x8c | b'U' => {
                let length = usize::from(input.byte()?);
                self.text(input.take(length)?)?;
            }
            b'c' => {
                let (module, name) = (input.line()?, input.line()?);
                self.stack.push(Value::Known(known(module, name)?));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (module, name) = (self.as_text(module)?, self.as_text(name)?);
                self.stack.push(Value::Known(known(module, name)?));
            }
            b'}' => self.list(Vec::new(), Value::Dict),
            b']' | b')' => self.list(Vec::new(), Value::List),
            b't' => {
                let items = self.pop_to_mark()?;
                self.list(items, Value::List);
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(op - 0x84)).ok_or_else(short)?;
                let items = self.stack.split_off(start);
                self.list(items, Value::List);
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item], false)?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.extend(items, false)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(vec![key, value], true)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.extend(items, true)?;
            }
            // Remember, under a number of one or four bytes or the next one; and recall.
            b'q' => self.remember(input.byte()?.into())?,
            b'r' => self.remember(u32::from_le_bytes(input.array()?))?,
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => self.recall(input.byte()?.into())?,
            b'j' => self.recall(u32::from_le_bytes(input.array()?))?,
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            // Attributes of the dictionary before (versions of the modules) are not needed.
            b'b' => {
                self.pop()?;
                if !matches!(self.stack.last(), Some(Value::Dict(_))) {
                    return Err("sets attributes of something other than a dictionary".to_owned());
                }
            }
            other => {
                return Err(format!("its description uses the instruction {other:#04x}, which no state dict needs"));
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
        let text = std::str::from_utf8(bytes).map_err(|_| "its description holds broken text".to_owned())?;
        self.texts.push(text.to_owned());
        self.stack.push(Value::Text(self.texts.len() - 1));
        Ok(())
    }

    fn list(&mut self, items: Vec<Value>, kind: fn(usize) -> Value) {
        self.lists.push(items);
        self.stack.push(kind(self.lists.len() - 1));
    }

    fn extend(&mut self, items: Vec<Value>, pairs: bool) -> Result<(), String> {
        match (self.stack.last(), pairs) {
            (Some(Value::Dict(place)), true) if items.len().is_multiple_of(2) => self.lists[*place].extend(items),
            (Some(Value::List(place)), false) => self.lists[*place].extend(items),
            _ => return Err("its description is damaged: items for something that holds none".to_owned()),
        }
        Ok(())
    }

    fn remember(&mut self, number: u32) -> Result<(), String> {
        let value = *self.stack.last().ok_or_else(short)?;
        self.memo.insert(number, value);
        Ok(())
    }

    fn recall(&mut self, number: u32) -> Result<(), String> {
        let value = self.memo.get(&number).ok_or("its description is damaged: it recalls what was never there")?;
        self.stack.push(*value);
        Ok(())
    }

    pub fn as_text(&self, value: Value) -> Result<&str, String> {
        match value {
            Value::Text(place) => Ok(&self.texts[place]),
            _ => Err("its description is damaged: no text where one belongs".to_owned()),
        }
    }

    pub fn items(&self, value: Value) -> Result<&[Value], String> {
        match value {
            Value::List(place) => Ok(&self.lists[place]),
            _ => Err("its description is damaged: no tuple where one belongs".to_owned()),
        }
    }

    fn sizes(&self, value: Value) -> Result<Vec<usize>, String> {
        let items = self.items(value)?;
        if items.len() > 8 {
            return Err(format!("holds a tensor of {} dimensions", items.len()));
        }
        items.iter().map(|item| size(*item)).collect()
    }

    /// `('storage', type, file, device, numbers)`: numbers kept in a file of the archive. Before PyTorch 1.6 a sixth
    /// value followed, which is None unless the storage is a part of another.
    fn storage(&mut self) -> Result<(), String> {
        let about = self.pop()?;
        let (kind, number, key, count) = match *self.items(about)? {
            [kind, Value::Known(Known::Storage(number)), key, _, count]
            | [kind, Value::Known(Known::Storage(number)), key, _, count, Value::Plain] => (kind, number, key, count),
            _ => return Err("its description is damaged: no storage where one belongs".to_owned()),
        };
        if self.as_text(kind)? != "storage" {
            return Err("refers to something other than a storage".to_owned());
        }
        let storage = Storage { key: self.as_text(key)?.to_owned(), number, count: size(count)? };
        self.storages.push(storage);
        self.stack.push(Value::Storage(self.storages.len() - 1));
        Ok(())
    }

    fn call(&mut self) -> Result<(), String> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let arguments = self.items(arguments)?;
        match (function, arguments) {
            (Value::Known(Known::OrderedDict), []) => self.list(Vec::new(), Value::Dict),
            // A parameter is a tensor that can be trained.
            (Value::Known(Known::RebuildParameter), [Value::Tensor(place), ..]) => {
                self.stack.push(Value::Tensor(*place));
            }
            (Value::Known(Known::RebuildTensor), [Value::Storage(storage), offset, shape, strides, ..]) => {
                let place = TensorPlace { storage: *storage, offset: size(*offset)?, shape: self.sizes(*shape)? };
                self.check(&place, &self.sizes(*strides)?)?;
                self.tensors.push(place);
                self.stack.push(Value::Tensor(self.tensors.len() - 1));
            }
            _ => return Err("its description is damaged: a call with arguments that do not fit".to_owned()),
        }
        Ok(())
    }

    /// A tensor must lie inside its storage, row by row: otherwise a few bytes could pretend to be terabytes.
    fn check(&self, place: &TensorPlace, strides: &[usize]) -> Result<(), String> {
        let storage = &self.storages[place.storage];
        let shape = &place.shape;
        let count = shape.iter().try_fold(1usize, |n, side| n.checked_mul(*side));
        let end = count.and_then(|count| count.checked_add(place.offset));
        if end.is_none_or(|end| end > storage.count) {
            return Err(format!("claims a tensor of the shape {shape:?} in a storage of {} numbers", storage.count));
        }
        let mut expected = 1usize;
        for (side, stride) in shape.iter().zip(strides).rev() {
            if *side != 1 && *stride != expected {
                return Err(format!("stores a tensor of the shape {shape:?} transposed; save it with .contiguous()"));
            }
            expected = expected.saturating_mul(*side);
        }
        if strides.len() == shape.len() { Ok(()) } else { Err("its description is damaged: strides".to_owned()) }
    }
}

fn short() -> String {
    "its description is damaged: it ends early or takes what is not there".to_owned()
}

fn size(value: Value) -> Result<usize, String> {
    match value {
        Value::Int(n) => usize::try_from(n).map_err(|_| format!("claims a size of {n}")),
        _ => Err("its description is damaged: no number where one belongs".to_owned()),
    }
}

/// A little-endian number in two's complement.
fn long(bytes: &[u8]) -> Result<i64, String> {
    if bytes.len() > 8 {
        return Err("claims a number beyond 64 bits".to_owned());
    }
    let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Ok(i64::from_le_bytes(all))
}

fn known(module: &str, name: &str) -> Result<Known, String> {
    let storage = |number| Ok(Known::Storage(number));
    match (module, name) {
        ("collections", "OrderedDict") => Ok(Known::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2") => Ok(Known::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => Ok(Known::RebuildParameter),
        ("torch", "FloatStorage") => storage(Number::F32),
        ("torch", "DoubleStorage") => storage(Number::F64),
        ("torch", "HalfStorage") => storage(Number::F16),
        ("torch", "BFloat16Storage") => storage(Number::Bf16),
        ("torch", "LongStorage") => storage(Number::Other { bytes: 8 }),
        ("torch", "IntStorage") => storage(Number::Other { bytes: 4 }),
        ("torch", "ShortStorage") => storage(Number::Other { bytes: 2 }),
        ("torch", "CharStorage" | "ByteStorage" | "BoolStorage") => storage(Number::Other { bytes: 1 }),
        _ => {
            let asked: String = format!("{module}.{name}").chars().take(80).collect();
            Err(format!(
                "asks for {asked:?}; only a state dict of plain tensors is read (torch.save(model.state_dict(), ...)), \
                 and no code is run"
            ))
        }
    }
}

/// What is left to read.
struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(short)?;
        self.rest = rest;
        Ok(taken)
    }
    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }
    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(short)?;
        self.rest = rest;
        Ok(*taken)
    }
    fn line(&mut self) -> Result<&'a str, String> {
        let end = self.rest.iter().position(|b| *b == b'\n').ok_or_else(short)?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end]).map_err(|_| "its description holds broken text".to_owned())
    }
}
