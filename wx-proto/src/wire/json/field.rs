//! Members of a type that nobody promised: a number as a text, a text as a number, an object where
//! a text belongs.
//!
//! Numbers stay exact. One that the type cannot hold, or that a double may have rounded, counts as
//! missing: no value is better than a wrong one.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::secret::Secret;

/// What a visitor answers to a scalar where something larger belongs.
macro_rules! no_scalar {
    () => {
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
}

/// A text; a number counts as its digits, anything else as `""`.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(some_text(from)?.unwrap_or_default())
}

/// A text or number that opens something; empty for anything else.
pub(crate) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    text(from).map(Secret::new)
}

/// A text, which may be empty; `None` unless it is a text or a number.
pub(crate) fn some_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Scalar::deserialize(from).map(Scalar::into_text)
}

/// A number, or one written as a text; 0 for anything else.
pub(crate) fn int<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(some_int(from)?.unwrap_or_default())
}

/// A number, or one written as a text; `None` for anything else.
pub(crate) fn some_int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(Scalar::deserialize(from)?.as_int())
}

/// A number, or one written as a text; 0 for anything else.
pub(crate) fn uint<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(Scalar::deserialize(from)?.as_uint().unwrap_or_default())
}

/// An object; anything else counts as missing.
pub(crate) fn record<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Object::deserialize(from)?.0.unwrap_or_default())
}

/// The most items of a list inside a record. The longest real one, the members of a room, has a few
/// hundred; the bound keeps a reply of `{}` items from taking thirty times its size.
const MAX_ITEMS: usize = 10_000;

/// A list of objects; items of another type are left out, anything but a list is `None`.
pub(crate) fn some_list<'de, D, T>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct List<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(Object(item)) = list.next_element()? {
                if items.len() < MAX_ITEMS {
                    items.extend(item);
                }
            }
            Ok(Some(items))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            skip_map(map).map(|()| None)
        }

        no_scalar!();
    }

    from.deserialize_any(List(PhantomData))
}

/// A list of objects; anything but a list is an empty one.
pub(crate) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(some_list(from)?.unwrap_or_default())
}

/// What an object holds; `None` for whatever is none.
pub(super) struct Object<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Only<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Only<T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Some)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                skip_seq(list).map(|()| None)
            }

            no_scalar!();
        }

        // Not derived: a derived struct would also read a list, by position.
        from.deserialize_any(Only(PhantomData)).map(Object)
    }
}

/// A value that is neither object nor list.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Int(i64),
    /// Beyond `i64`.
    Uint(u64),
    Float(f64),
    Bool(bool),
    /// Null, an object, a list.
    #[default]
    Other,
}

impl Scalar {
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(number) => Some(number.to_string()),
            Self::Uint(number) => Some(number.to_string()),
            Self::Float(_) => self.as_int().map(|number| number.to_string()),
            Self::Bool(_) | Self::Other => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Int(number) => Some(*number),
            Self::Uint(number) => i64::try_from(*number).ok(),
            Self::Float(number) => {
                // Beyond 2⁵³ a double may be another number than the one that was written.
                let exact = number.abs() < 9_007_199_254_740_992.0;
                exact.then_some(number.trunc() as i64)
            }
            Self::Bool(flag) => Some(i64::from(*flag)),
            Self::Other => None,
        }
    }

    pub(super) fn as_uint(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Uint(number) => Some(*number),
            _ => self.as_int().and_then(|number| u64::try_from(number).ok()),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(flag))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Int(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(i64::try_from(number).map_or(Scalar::Uint(number), Scalar::Int))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Float(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Scalar, A::Error> {
                skip_seq(list).map(|()| Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
                skip_map(map).map(|()| Scalar::Other)
            }
        }

        from.deserialize_any(Any)
    }
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
