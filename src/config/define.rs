//! Spelling a setting once: [`choices!`] defines the names that a setting may take, [`settings!`] a structure of
//! settings. Fields, defaults, TOML keys, [`Param`]s, conversions and documentation all come from the one definition.
//!
//! [`Param`]: super::param::Param

use super::param::{Kind, Value};

/// The type of a setting's field.
#[diagnostic::on_unimplemented(message = "a setting cannot have the type `{Self}`: it is no `SettingValue`")]
pub(crate) trait SettingValue: Sized {
    /// The field's value as a setting of this kind has it.
    fn to_value(&self, kind: Kind) -> Value;
    /// The field's value; none where `value` does not fit its type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl SettingValue for f64 {
    fn to_value(&self, _: Kind) -> Value {
        Value::Number(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Number(x) = value { Some(*x) } else { None }
    }
}

impl SettingValue for bool {
    fn to_value(&self, _: Kind) -> Value {
        Value::Flag(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Flag(on) = value { Some(*on) } else { None }
    }
}

/// A whole number that a double holds exactly; among choices its digits are its name.
impl SettingValue for u64 {
    fn to_value(&self, kind: Kind) -> Value {
        match kind {
            Kind::Choice(_) => Value::Choice(self.to_string()),
            _ => Value::Number(*self as f64),
        }
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(x) => (x.fract() == 0.0 && (0.0..=EXACT as f64).contains(x)).then_some(*x as u64),
            Value::Choice(name) => name.parse().ok(),
            Value::Flag(_) => None,
        }
    }
}

/// Up to here every whole number is exact in a double, which is how settings travel.
pub(crate) const EXACT: i64 = 1 << 53;

impl SettingValue for u32 {
    fn to_value(&self, kind: Kind) -> Value {
        u64::from(*self).to_value(kind)
    }
    fn from_value(value: &Value) -> Option<Self> {
        u64::from_value(value)?.try_into().ok()
    }
}

/// A colour as its grey level.
impl SettingValue for [u8; 3] {
    fn to_value(&self, kind: Kind) -> Value {
        u64::from(self[0]).to_value(kind)
    }
    fn from_value(value: &Value) -> Option<Self> {
        Some([u64::from_value(value)?.try_into().ok()?; 3])
    }
}

/// An enum of named choices, each as `Variant("name", "Label", "What it does.")`: the name stands in flags and files,
/// the label and the sentence in the window. `CHOICES` is its [`Kind`].
macro_rules! choices {
    (
        $(#[$meta:meta])* pub enum $Enum:ident {
            $($Variant:ident($name:literal, $label:literal, $help:literal $(,)?),)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $Enum {
            $(#[doc = $help] #[serde(rename = $name)] $Variant,)+
        }

        impl $Enum {
            const CHOICES: $crate::config::Kind = $crate::config::Kind::Choice(&[
                $($crate::config::Choice { name: $name, label: $label, help: $help },)+
            ]);
        }

        impl $crate::config::define::SettingValue for $Enum {
            fn to_value(&self, _: $crate::config::Kind) -> $crate::config::Value {
                $crate::config::Value::Choice(match self { $(Self::$Variant => $name,)+ }.to_owned())
            }
            fn from_value(value: &$crate::config::Value) -> Option<Self> {
                match value {
                    $($crate::config::Value::Choice(name) if name == $name => Some(Self::$Variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// A structure of settings with its defaults, and the list of its [`Param`]s in the order of the fields.
///
/// A field is `name: type = default;` and is a setting where `=> { .. }` follows, with these entries in this order:
///
/// - `key` names the flag (`--key`). In files a setting has the name of its field, with `-` between words;
/// - `label` is its name in the window, `help` one or two sentences for both front ends;
/// - `unit` may be left out;
/// - `takes` is a [`Kind`], the `CHOICES` of an enum that [`choices!`] defines among them;
/// - `formerly` may be left out: an older key, which files and the command line still take;
/// - `before` may be left out: the path of a function with the value for files that are older than the setting.
///
/// The type of the field needs a [`SettingValue`]. Nothing else is to be written for a new setting but its use.
///
/// [`Param`]: super::param::Param
macro_rules! settings {
    (
        $(#[$meta:meta])* pub struct $Struct:ident;
        $(#[$list_meta:meta])* pub static $LIST:ident;
        $(
            $(#[$field_meta:meta])*
            $field:ident: $type:ty = $default:expr $(=> {
                key: $key:literal,
                label: $label:literal,
                help: $help:literal,
                $(unit: $unit:literal,)?
                takes: $kind:expr,
                $(formerly: $former:literal,)?
                $(before: $before:literal,)?
            })?;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $Struct {
            $(
                $(#[$field_meta])*
                $(#[doc = $help] $(#[serde(alias = $former)])? $(#[serde(default = $before)])?)?
                pub $field: $type,
            )+
        }

        impl Default for $Struct {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        $(#[$list_meta])*
        pub static $LIST: &[&$crate::config::Param<$Struct>] = &[$($(
            &$crate::config::Param {
                key: $key,
                label: $label,
                help: $help,
                unit: concat!($($unit)?),
                kind: $kind,
                formerly: &[$($former)?],
                read: |settings| <$type as $crate::config::define::SettingValue>::to_value(&settings.$field, $kind),
                write: |settings, value| {
                    settings.$field = <$type as $crate::config::define::SettingValue>::from_value(value)?;
                    Some(())
                },
            },
        )?)+];
    };
}

pub(super) use {choices, settings};
