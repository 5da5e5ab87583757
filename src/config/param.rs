//! What a setting is: its key, label, help, range and unit are in a [`Param`], which the command line, the sliders and
//! the validation read.

use std::fmt;

/// A setting's value on its way between a slider, a flag or a file and the typed field it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of the kinds `Float`, `Int` and `Limit`.
    Number(f64),
    /// On or off.
    Flag(bool),
    /// The name of a choice.
    Choice(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Learning rates read better as 2e-4 than as 0.0002.
            Value::Number(x) if *x != 0.0 && x.abs() < 1e-3 => write!(f, "{x:e}"),
            Value::Number(x) => write!(f, "{x}"),
            Value::Flag(on) => f.write_str(if *on { "on" } else { "off" }),
            Value::Choice(name) => f.write_str(name),
        }
    }
}

impl Value {
    /// The number inside, or 0 for other kinds of values.
    pub fn number(&self) -> f64 {
        if let Value::Number(x) = self { *x } else { 0.0 }
    }
    /// Whether it is on; false for other kinds of values.
    pub(crate) fn flag(&self) -> bool {
        matches!(self, Value::Flag(true))
    }
    /// The name of the choice, empty for other kinds of values.
    pub fn choice(&self) -> &str {
        if let Value::Choice(name) = self { name } else { "" }
    }
}

/// One of the names that a setting may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// What the command line and settings files say.
    pub name: &'static str,
    /// What the window says.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
}

/// What values a setting may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A real number.
    Float {
        /// The smallest value.
        min: f64,
        /// The largest value.
        max: f64,
        /// Sliders are logarithmic.
        log: bool,
    },
    /// A whole number.
    Int {
        /// The smallest value.
        min: i64,
        /// The largest value.
        max: i64,
    },
    /// A whole number that ends something; 0 is no limit.
    Limit {
        /// The largest value.
        max: i64,
    },
    /// On or off.
    Flag,
    /// One of these.
    Choice(&'static [Choice]),
}

/// The one definition of a setting of the structure `S`; `settings!` makes it.
pub struct Param<S: 'static> {
    /// Also the flag (`--key`), with `-` between words.
    pub key: &'static str,
    /// Its name in the window.
    pub label: &'static str,
    /// One or two sentences in plain words: what it does, and when to change it.
    pub help: &'static str,
    /// Empty where the value has no unit.
    pub unit: &'static str,
    /// What values it may take.
    pub kind: Kind,
    /// Older keys, which are still taken.
    pub(crate) formerly: &'static [&'static str],
    pub(super) read: fn(&S) -> Value,
    /// None, and nothing written, where the value is none of the field's type.
    pub(super) write: fn(&mut S, &Value) -> Option<()>,
}

/// A value that a setting cannot take.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct SettingError {
    /// Of the setting.
    pub key: String,
    /// Why, and what it takes.
    pub reason: String,
}

impl SettingError {
    /// About the setting with this key.
    pub fn new(key: &str, reason: impl Into<String>) -> Self {
        Self { key: key.to_owned(), reason: reason.into() }
    }
}

impl<S> Param<S> {
    /// Whether `value` is of the right kind and inside the range.
    ///
    /// # Errors
    /// Names the setting and says what it takes.
    pub fn check(&self, value: &Value) -> Result<(), SettingError> {
        let whole = |x: &f64, min: i64, max: i64| x.fract() == 0.0 && (min as f64..=max as f64).contains(x);
        let fits = match (self.kind, value) {
            (Kind::Float { min, max, .. }, Value::Number(x)) => (min..=max).contains(x),
            (Kind::Int { min, max }, Value::Number(x)) => whole(x, min, max),
            (Kind::Limit { max }, Value::Number(x)) => whole(x, 0, max),
            (Kind::Flag, Value::Flag(_)) => true,
            (Kind::Choice(choices), Value::Choice(name)) => choices.iter().any(|choice| choice.name == name),
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.unfit(value)) }
    }

    fn unfit(&self, value: &Value) -> SettingError {
        let value = match value {
            Value::Choice(name) => format!("{name:?}"),
            other => other.to_string(),
        };
        SettingError::new(self.key, format!("{value} is not {}", self.expects()))
    }

    /// The value of its field.
    pub fn get(&self, settings: &S) -> Value {
        (self.read)(settings)
    }

    /// Checks, then writes the value into its field.
    ///
    /// # Errors
    /// As [`Param::check`]; nothing is written then.
    pub fn set(&self, settings: &mut S, value: &Value) -> Result<(), SettingError> {
        self.check(value)?;
        (self.write)(settings, value).ok_or_else(|| self.unfit(value))
    }

    /// Reads a value as a person types it (`2e-4`, `on`, `hinge`).
    ///
    /// # Errors
    /// As [`Param::check`].
    pub fn parse(&self, text: &str) -> Result<Value, SettingError> {
        let text = text.trim();
        let value = match self.kind {
            Kind::Float { .. } | Kind::Int { .. } | Kind::Limit { .. } => text.parse().map(Value::Number).ok(),
            Kind::Flag => match text {
                "on" | "true" | "yes" | "1" => Some(Value::Flag(true)),
                "off" | "false" | "no" | "0" => Some(Value::Flag(false)),
                _ => None,
            },
            Kind::Choice(_) => Some(Value::Choice(text.to_owned())),
        };
        let value = value.ok_or_else(|| SettingError::new(self.key, format!("{text:?} is not {}", self.expects())))?;
        self.check(&value)?;
        Ok(value)
    }

    /// The allowed values in words, for help texts and errors.
    pub(crate) fn expects(&self) -> String {
        match self.kind {
            Kind::Float { min, max, .. } => format!("a number from {} to {}", Value::Number(min), Value::Number(max)),
            Kind::Int { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Limit { max } => format!("a whole number up to {max} (0 for no limit)"),
            Kind::Flag => "on or off".to_owned(),
            Kind::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
                format!("one of {}", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
impl<S> Param<S> {
    /// Every value where there are few, and of a range its ends and what lies near them and between.
    pub(crate) fn examples(&self) -> Vec<Value> {
        let whole = |min: i64, max: i64| {
            let numbers = [min, min + 1, min + (max - min) / 2, max - 1, max];
            numbers.map(|n| Value::Number(n as f64)).to_vec()
        };
        match self.kind {
            Kind::Float { min, max, .. } => [min, min + (max - min) / 3.0, max].map(Value::Number).to_vec(),
            Kind::Int { min, max } => whole(min, max),
            Kind::Limit { max } => whole(0, max),
            Kind::Flag => [false, true].map(Value::Flag).to_vec(),
            Kind::Choice(choices) => choices.iter().map(|choice| Value::Choice(choice.name.to_owned())).collect(),
        }
    }
}

/// Checks every setting of `target`, first fault first.
pub(crate) fn check_all<S>(params: &[&Param<S>], target: &S) -> Result<(), SettingError> {
    params.iter().try_for_each(|p| p.check(&p.get(target)))
}
