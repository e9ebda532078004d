//! Strict JSON and its one canonical form, the bytes that signatures are made over.
//!
//! Stricter than a JSON parser has to be, because two readings of one document are two releases under one signature:
//! a name that stands twice in an object, a number that is no whole number of 64 bits, and bytes after the document
//! are refused. Strings are taken as they are; normalising them would give two names one signature.

use crate::limits;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

/// A JSON value. Objects are sorted by name, in the order of Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads one document. The error says why it is none.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let left = Cell::new(limits::VALUES);
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Seed(&left).deserialize(&mut reader).map_err(|e| e.to_string())?;
        reader.end().map_err(|e| e.to_string())?;
        Ok(value)
    }

    /// The canonical form of OLPC (<http://wiki.laptop.org/go/Canonical_JSON>): no blanks, names sorted, only `"` and
    /// `\` escaped.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_canonical(&mut out);
        out
    }

    fn write_canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                write_between(b"[]", items, out, Self::write_canonical);
            }
            Self::Object(fields) => write_between(b"{}", fields, out, |(name, value), out| {
                write_text(name, out);
                out.push(b':');
                value.write_canonical(out);
            }),
        }
    }

    /// For people: indented, with a line break at the end. The canonical form of what it reads as is the same.
    pub(crate) fn pretty(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("because every value here has a JSON form");
        bytes.push(b'\n');
        bytes
    }

    /// An object of these fields.
    pub(crate) fn object<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

fn write_between<T>(
    ends: &[u8; 2],
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    out.push(ends[0]);
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(ends[1]);
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Integer(value) => to.serialize_i64(*value),
            Self::Text(value) => to.serialize_str(value),
            Self::List(items) => to.collect_seq(items),
            Self::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Builds a value and counts what it holds; how deep it may go is `serde_json`'s own bound of 128.
#[derive(Clone, Copy)]
struct Seed<'a>(&'a Cell<u32>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Json, D::Error> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.0.set(left);
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value without fractions")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value).map(Json::Integer).map_err(|_| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(name) = from.next_key::<String>()? {
            let value = from.next_value_seed(self)?;
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        String::from_utf8(Json::parse(text.as_bytes()).unwrap().canonical()).unwrap()
    }

    #[test]
    fn the_canonical_form_sorts_names_and_escapes_two_characters() {
        assert_eq!(
            canonical(r#" { "b" : [1, -2, true, null], "a": "x\"\\\u0041\n" } "#),
            "{\"a\":\"x\\\"\\\\A\n\",\"b\":[1,-2,true,null]}"
        );
        // U+E000 sorts before U+1F600: by scalar values, not by UTF-16 units.
        assert_eq!(canonical("{\"\u{1F600}\":1,\"\u{E000}\":2}"), "{\"\u{E000}\":2,\"\u{1F600}\":1}");
    }

    #[test]
    fn strings_are_not_normalised() {
        assert_ne!(canonical("\"\u{e9}\""), canonical("\"e\u{301}\""));
    }

    #[test]
    fn two_readings_of_one_document_are_refused() {
        for bad in [
            "{\"a\":1,\"a\":1}",
            "1.0",
            "1e3",
            "9223372036854775808",
            "{} {}",
            "{}x",
            "",
            "\u{feff}{}",
            "[1,]",
            "NaN",
        ] {
            assert!(Json::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Json::parse(b"\"\xff\"").is_err());
        assert_eq!(Json::parse(b"9223372036854775807"), Ok(Json::Integer(i64::MAX)));
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err());
        let many = format!("[{}0]", "0,".repeat(limits::VALUES as usize));
        assert!(Json::parse(many.as_bytes()).unwrap_err().contains("too many"));
    }

    #[test]
    fn the_form_for_people_means_the_same() {
        let value = Json::parse(r#"{"b":[1,"\u0007",{}],"a":null}"#.as_bytes()).unwrap();
        assert_eq!(Json::parse(&value.pretty()), Ok(value));
    }
}
