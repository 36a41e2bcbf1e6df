//! What of a command is not written as it is.

/// The name that a caller gave to a message. What counts is which ones are the same, and that is told by
/// the id that follows from it: in receipts, and in commands that take a message back.
pub(crate) mod key {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::id::ClientMsgId;

    pub(crate) fn serialize<S: Serializer>(
        key: &Option<Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        // Another one takes its place: a short key could be found by its id.
        let id = key.as_ref().map(|key| ClientMsgId::of_key(key).to_string());
        id.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let id = Option::<String>::deserialize(from)?;
        Ok(id.map(String::into_bytes))
    }
}

/// Bytes: so many zeros.
pub(crate) mod bytes {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// A file that says that there are more is not believed.
    pub(crate) const MOST: usize = 256 << 20;

    pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        bytes.len().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let len = usize::deserialize(from)?;
        if len > MOST {
            return Err(D::Error::custom("too long"));
        }
        Ok(vec![0; len].into())
    }
}

/// The method of a request.
pub(crate) mod method {
    use http::Method;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(method: &Method, to: S) -> Result<S::Ok, S::Error> {
        method.as_str().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Method, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
