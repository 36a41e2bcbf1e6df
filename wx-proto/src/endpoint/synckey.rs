//! The position in the stream of news.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use crate::wire::json::{self, Document};

/// How far the client has read: a list of numbers that only the service understands.
///
/// Which keys there are, how many, and in which order changes from reply to reply; a key list is
/// adopted as a whole and sent back as it came. Its text form, `1_704153081|2_704153167`, is what
/// `synccheck` wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncKey {
    /// Never empty.
    pairs: Vec<Pair>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    key: i64,
    val: i64,
}

/// Ten keys are the most that was seen. Without a bound, a hostile list would come back with every
/// request.
const MAX_PAIRS: usize = 100;

impl SyncKey {
    /// Parses the text form.
    ///
    /// `None` if there is no pair, or one that is no pair of numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let pairs = text.split('|').map(|pair| {
            let (key, val) = pair.split_once('_')?;
            Some(Pair {
                key: key.parse().ok()?,
                val: val.parse().ok()?,
            })
        });
        Self::new(pairs.collect())
    }

    /// Reads the `{"Count":…,"List":[…]}` of a reply. `Count` may lie and is not looked at. One
    /// item that cannot be read makes the list as good as absent: with a part of the keys the
    /// service would start from nowhere.
    pub(crate) fn read(raw: Option<&str>) -> Option<Self> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Item {
            #[serde(deserialize_with = "json::some_int")]
            key: Option<i64>,
            #[serde(deserialize_with = "json::some_int")]
            val: Option<i64>,
        }

        let reply = Document::parse(raw?).ok()?;
        let pairs = reply.items("List").map(|raw| {
            let item: Item = json::read(raw).ok()?;
            Some(Pair {
                key: item.key?,
                val: item.val?,
            })
        });
        Self::new(pairs.collect())
    }

    fn new(pairs: Option<Vec<Pair>>) -> Option<Self> {
        pairs
            .filter(|pairs| (1..=MAX_PAIRS).contains(&pairs.len()))
            .map(|pairs| Self { pairs })
    }
}

impl fmt::Display for SyncKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Pair { key, val }) in self.pairs.iter().enumerate() {
            let bar = if index > 0 { "|" } else { "" };
            write!(f, "{bar}{key}_{val}")?;
        }
        Ok(())
    }
}

/// As `webwxsync` wants it in its body.
impl Serialize for SyncKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut key = serializer.serialize_struct("SyncKey", 2)?;
        key.serialize_field("Count", &self.pairs.len())?;
        key.serialize_field("List", &self.pairs)?;
        key.end()
    }
}
