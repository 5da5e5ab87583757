//! Runs the instructions of a Python pickle (`program`) far enough to know its tensors. Nothing is executed: a class or
//! function that is not known here only gives its name to an empty [`PickleValue::Object`], and whatever such an object
//! is filled with is kept as data.
//!
//! Every instruction costs a bounded amount of time and memory, and there is a limit to how many there may be.

use super::pickle::{KnownClass, Pickle, PickleValue, Storage, known_class, size};
use super::program::{Container, Input, Op, short};
use std::collections::HashMap;

/// Values that a program may make. State dicts have some hundreds; lists of losses beside them, up to a million.
const MAX_VALUES: usize = 2_000_000;
/// Longer texts are no names of tensors, and are not kept.
const MAX_TEXT: usize = 256;

/// Reads a program to its end; gives what it built and the value it ends with.
///
/// # Errors
/// In words: what is damaged, or too many values.
pub(super) fn unpickle(program: &[u8]) -> Result<(Pickle, PickleValue), String> {
    unpickle_first(&mut { program })
}

/// As [`unpickle`], of a program that other bytes follow; `bytes` is what is left then.
///
/// # Errors
/// As [`unpickle`].
pub(super) fn unpickle_first(bytes: &mut &[u8]) -> Result<(Pickle, PickleValue), String> {
    // The name of what has none.
    let pickle = Pickle { texts: vec!["an object".to_owned()], ..Pickle::default() };
    let mut machine = Unpickler { pickle, stack: Vec::new(), memo: HashMap::new(), made: 0 };
    let mut input = Input { rest: bytes };
    while let Some(op) = input.op()? {
        machine.spend(1)?;
        machine.step(op)?;
    }
    let value = machine.pop()?;
    *bytes = input.rest;
    Ok((machine.pickle, value))
}

struct Unpickler {
    pickle: Pickle,
    stack: Vec<PickleValue>,
    memo: HashMap<u32, PickleValue>,
    /// How many values have been made.
    made: usize,
}

impl Unpickler {
    fn spend(&mut self, values: usize) -> Result<(), String> {
        self.made += values;
        if self.made <= MAX_VALUES {
            return Ok(());
        }
        Err(format!(
            "the file holds more than {MAX_VALUES} values beside the weights; save the weights alone: \
             torch.save(model.state_dict(), ...)"
        ))
    }

    fn step(&mut self, op: Op) -> Result<(), String> {
        match op {
            Op::Nothing => {}
            Op::Plain => self.stack.push(PickleValue::Plain),
            Op::Int(n) => self.stack.push(PickleValue::Int(n)),
            Op::Text(bytes) => self.text(bytes)?,
            Op::Mark => self.stack.push(PickleValue::Mark),
            Op::Pop => _ = self.pop()?,
            Op::PopMark => _ = self.pop_to_mark()?,
            Op::Again => self.stack.push(self.top()?),
            Op::Remember(number) => {
                let number = number.unwrap_or(self.memo.len() as u32);
                self.memo.insert(number, self.top()?);
            }
            Op::Recall(number) => {
                let value = self.memo.get(&number).ok_or("the pickle refers to a value that was never stored")?;
                self.stack.push(*value);
            }
            Op::Empty(container) => self.container(Vec::new(), container),
            Op::FromMark(container) => {
                let items = self.pop_to_mark()?;
                self.container(items, container);
            }
            Op::Tuple(count) => {
                let items = self.pop_many(count)?;
                self.container(items, Container::List);
            }
            Op::Append => {
                let items = self.pop_many(1)?;
                self.extend(items, false)?;
            }
            Op::Appends => {
                let items = self.pop_to_mark()?;
                self.extend(items, false)?;
            }
            Op::Set => {
                let items = self.pop_many(2)?;
                self.extend(items, true)?;
            }
            Op::Sets => {
                let items = self.pop_to_mark()?;
                self.extend(items, true)?;
            }
            Op::Class(module, name) => self.class(module, name)?,
            Op::ClassOfTexts => self.class_of_texts()?,
            Op::Persistent => self.persistent()?,
            Op::Call => self.call()?,
            Op::New(arguments) => self.new_object(arguments)?,
            Op::NewFromMark(class) => self.new_object_from_mark(class)?,
            Op::Build => self.build()?,
        }
        Ok(())
    }

    fn top(&self) -> Result<PickleValue, String> {
        self.stack.last().copied().ok_or_else(short)
    }

    fn pop(&mut self) -> Result<PickleValue, String> {
        self.stack.pop().ok_or_else(short)
    }

    /// The newest values, the oldest of them first.
    fn pop_many(&mut self, count: usize) -> Result<Vec<PickleValue>, String> {
        let start = self.stack.len().checked_sub(count).ok_or_else(short)?;
        Ok(self.stack.split_off(start))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<PickleValue>, String> {
        let mark = self.stack.iter().rposition(|v| *v == PickleValue::Mark).ok_or_else(short)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(items)
    }

    fn text(&mut self, bytes: &[u8]) -> Result<(), String> {
        let text = if bytes.len() <= MAX_TEXT { std::str::from_utf8(bytes).ok() } else { None };
        let value = match text {
            Some(text) => PickleValue::Text(self.keep(text.to_owned())?),
            None => PickleValue::Plain,
        };
        self.stack.push(value);
        Ok(())
    }

    /// Keeps a text, which counts as several values if it is long.
    fn keep(&mut self, text: String) -> Result<u32, String> {
        self.spend(text.len() / size_of::<PickleValue>())?;
        Ok(push(&mut self.pickle.texts, text))
    }

    fn container(&mut self, items: Vec<PickleValue>, container: Container) {
        let index = push(&mut self.pickle.lists, items);
        self.stack.push(match container {
            Container::List => PickleValue::List(index),
            Container::Dict => PickleValue::Dict(index),
        });
    }

    fn extend(&mut self, items: Vec<PickleValue>, pairs: bool) -> Result<(), String> {
        match (self.stack.last(), pairs) {
            (Some(PickleValue::Dict(index) | PickleValue::Object { items: index, .. }), true)
                if items.len().is_multiple_of(2) =>
            {
                self.pickle.lists[*index as usize].extend(items);
            }
            (Some(PickleValue::List(index)), false) => self.pickle.lists[*index as usize].extend(items),
            // A list of a class of its own; weights have names.
            (Some(PickleValue::Object { .. }), false) => {}
            _ => return Err("the pickle is damaged: items for something that holds none".to_owned()),
        }
        Ok(())
    }

    fn class(&mut self, module: &str, name: &str) -> Result<(), String> {
        let class = match known_class(module, name) {
            Some(known) => PickleValue::Known(known),
            None => PickleValue::Class(self.keep(format!("{module}.{name}").chars().take(MAX_TEXT).collect())?),
        };
        self.stack.push(class);
        Ok(())
    }

    fn class_of_texts(&mut self) -> Result<(), String> {
        let (name, module) = (self.pop()?, self.pop()?);
        let (module, name) = (self.pickle.as_text(module)?.to_owned(), self.pickle.as_text(name)?.to_owned());
        self.class(&module, &name)
    }

    /// What calling `class` makes, as far as it is known here.
    fn object(&mut self, class: PickleValue) {
        let items = push(&mut self.pickle.lists, Vec::new());
        self.stack.push(match class {
            PickleValue::Known(KnownClass::OrderedDict) => PickleValue::Dict(items),
            PickleValue::Class(class) | PickleValue::Object { class, .. } => PickleValue::Object { class, items },
            _ => PickleValue::Object { class: 0, items },
        });
    }

    /// The arguments are one value, or two with named ones.
    fn new_object(&mut self, arguments: usize) -> Result<(), String> {
        self.pop_many(arguments)?;
        let class = self.pop()?;
        self.object(class);
        Ok(())
    }

    fn new_object_from_mark(&mut self, class: Option<(&str, &str)>) -> Result<(), String> {
        let items = self.pop_to_mark()?;
        let class = match class {
            Some((module, name)) => {
                self.class(module, name)?;
                self.pop()?
            }
            None => *items.first().ok_or_else(short)?,
        };
        self.object(class);
        Ok(())
    }

    /// A value's attributes. Those of dictionaries and tensors (versions of the modules, hooks) are not needed.
    fn build(&mut self) -> Result<(), String> {
        let (state, target) = (self.pop()?, self.top()?);
        let PickleValue::Object { items, .. } = target else { return Ok(()) };
        let attributes: Vec<PickleValue> = match state {
            // Attributes, and those that the class has a fixed slot for.
            PickleValue::List(index) => self.pickle.lists[index as usize].iter().take(2).copied().collect(),
            other => vec![other],
        };
        let attributes = attributes.into_iter().filter(|v| matches!(v, PickleValue::Dict(_)));
        self.pickle.lists[items as usize].extend(attributes.flat_map(|v| [PickleValue::Attributes, v]));
        Ok(())
    }

    /// `('storage', type, file, device, numbers)`: numbers kept in a file of the archive. Before PyTorch 1.6 a sixth
    /// value followed, which is None unless the storage is a part of another. Anything else is of no use here.
    fn persistent(&mut self) -> Result<(), String> {
        let about = self.pop()?;
        let value = match *self.pickle.items(about) {
            [kind, PickleValue::Known(KnownClass::Storage(number)), key, _, count]
            | [kind, PickleValue::Known(KnownClass::Storage(number)), key, _, count, PickleValue::Plain]
                if self.pickle.as_text(kind) == Ok("storage") =>
            {
                let key = match key {
                    PickleValue::Int(key) => key.to_string(),
                    key => self.pickle.as_text(key)?.to_owned(),
                };
                self.spend(key.len() / size_of::<PickleValue>())?;
                let count = size(count).ok_or("the pickle is damaged: a storage without a size")?;
                PickleValue::Storage(push(&mut self.pickle.storages, Storage { key, number, count }))
            }
            // A class with its source text, beside whole models from before 1.6.
            [kind, class, ..] if self.pickle.as_text(kind) == Ok("module") => class,
            _ => PickleValue::Plain,
        };
        self.stack.push(value);
        Ok(())
    }

    fn call(&mut self) -> Result<(), String> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        match (function, self.pickle.items(arguments)) {
            (PickleValue::Known(KnownClass::OrderedDict), &[pairs @ PickleValue::List(_)]) => {
                let pairs = self.pickle.items(pairs).iter();
                let pairs: Vec<PickleValue> =
                    pairs.flat_map(|pair| self.pickle.items(*pair).iter().take(2).copied()).collect();
                self.spend(pairs.len())?;
                self.container(pairs, Container::Dict);
            }
            // A parameter is a tensor that can be trained.
            (PickleValue::Known(KnownClass::RebuildParameter), &[tensor @ PickleValue::Tensor(_), ..]) => {
                self.stack.push(tensor);
            }
            (PickleValue::Known(KnownClass::RebuildTensor), _) => self.tensor(function, arguments),
            (
                PickleValue::Known(KnownClass::RebuildFromType),
                &[PickleValue::Known(KnownClass::RebuildTensor), _, arguments, ..],
            ) => self.tensor(function, arguments),
            _ => self.object(function),
        }
        Ok(())
    }

    /// A tensor; another object where its numbers are of a type that is not known here.
    fn tensor(&mut self, function: PickleValue, arguments: PickleValue) {
        let Some(tensor) = self.pickle.stored_tensor(arguments) else { return self.object(function) };
        let index = push(&mut self.pickle.tensors, tensor);
        self.stack.push(PickleValue::Tensor(index));
    }
}

/// Appends; gives the index, which fits because [`MAX_VALUES`] does.
fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    (list.len() - 1) as u32
}
