//! The shelf: contents by their md5, the ids that lead to them, and uploads under way.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io;

use bytes::Bytes;
use md5::{Digest as _, Md5};

use super::setup::Limits;
use super::store::{MemoryStore, Store};
use super::stream::Stream;
use super::{AccountId, SessionId};

/// A file, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) md5: String,
    pub(super) size: u64,
}

/// What a media id leads to.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) account: AccountId,
    /// The session that uploaded it, the only one that can use it. `None`: somebody sent it to the
    /// account.
    pub(super) session: Option<SessionId>,
    pub(super) content: Content,
    pub(super) name: String,
}

/// What a file of more than 25 MiB is uploaded and sent with.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) aes_key: String,
    pub(super) signature: String,
}

/// One upload, known by the id its client gave it.
pub(super) struct Draft {
    /// What the store calls it until it is whole.
    part: String,
    pub(super) size: u64,
    md5: Md5,
    /// The md5 of each chunk that came, so that a repeated one is known.
    pub(super) chunks: Vec<[u8; 16]>,
    /// The id it was given when it was whole.
    pub(super) done: Option<String>,
}

pub(super) struct Shelf {
    seed: u64,
    store: Box<dyn Store>,
    contents: VecDeque<Content>,
    ids: Remembered<String, Named>,
    drafts: Remembered<(SessionId, String), Draft>,
    grants: Remembered<(SessionId, String), Grant>,
    made: u64,
}

impl Shelf {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            store: Box::new(MemoryStore::default()),
            contents: VecDeque::new(),
            ids: Remembered::default(),
            drafts: Remembered::default(),
            grants: Remembered::default(),
            made: 0,
        }
    }

    /// Starts over with another store.
    pub(super) fn keep_in(&mut self, store: Box<dyn Store>) {
        *self = Self {
            store,
            made: self.made,
            ..Self::new(self.seed)
        };
    }

    /// Numbers that nothing else of this shelf is made from.
    fn draw(&mut self, purpose: &str) -> Stream {
        self.made = self.made.saturating_add(1);
        Stream::new(self.seed, purpose, self.made)
    }

    /// Keeps bytes. `None`: the store cannot.
    pub(super) fn put(&mut self, bytes: &Bytes, limits: &Limits) -> Option<Content> {
        let content = Content {
            md5: hex(&Md5::digest(bytes)),
            size: bytes.len() as u64,
        };
        if self.store.size(&content.md5).is_none() {
            let part = self.part();
            self.store.append(&part, bytes).ok()?;
            self.store.rename(&part, &content.md5).ok()?;
        }
        self.hold(content.clone(), limits);
        Some(content)
    }

    fn part(&mut self) -> String {
        self.made = self.made.saturating_add(1);
        format!("part-{}", self.made)
    }

    /// Counts a content that the store has, and drops the oldest ones if there are too many.
    fn hold(&mut self, content: Content, limits: &Limits) {
        self.contents.retain(|have| have.md5 != content.md5);
        self.contents.push_back(content);
        // The newest one stays, however large it is.
        self.make_room(1, limits);
    }

    /// Drops the oldest contents but `stay` of them until the rest is within the limit.
    fn make_room(&mut self, stay: usize, limits: &Limits) {
        let parts: u64 = self.drafts.values().map(Draft::part_size).sum();
        let whole: u64 = self.contents.iter().map(|content| content.size).sum();
        let mut total = parts.saturating_add(whole);
        while total > limits.media && self.contents.len() > stay {
            if let Some(old) = self.contents.pop_front() {
                self.store.remove(&old.md5);
                total = total.saturating_sub(old.size);
            }
        }
    }

    /// A content by its md5, if it is still there.
    pub(super) fn content(&self, md5: &str) -> Option<Content> {
        let is_md5 = md5.len() == 32 && md5.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_md5 {
            // It would be the name of a file.
            return None;
        }
        Some(Content {
            md5: md5.to_owned(),
            size: self.store.size(md5)?,
        })
    }

    pub(super) fn read(&self, content: &Content, start: u64, length: u64) -> Option<Bytes> {
        self.store.read(&content.md5, start, length)
    }

    pub(super) fn whole(&self, content: &Content) -> Option<Bytes> {
        self.read(content, 0, u64::MAX)
    }

    /// A new id that leads there.
    pub(super) fn name(&mut self, what: Named, limits: &Limits) -> String {
        let mut draw = self.draw("media id");
        // Longer than most would make room for: over 600 characters were seen.
        let id = format!("@crypt_{}_{}", draw.hex(8), draw.hex(640));
        self.ids.insert(id.clone(), what, limits.media_ids);
        id
    }

    /// Content that looks like the id of somebody, as newer phones send it, and leads there.
    pub(super) fn veil(&mut self, what: Named, limits: &Limits) -> String {
        let mut draw = self.draw("veil");
        let digits = 800 + usize::try_from(draw.below(600)).unwrap_or(0) * 2;
        let id = format!("@{}", draw.hex(digits));
        self.ids.insert(id.clone(), what, limits.media_ids);
        id
    }

    /// What an id leads to in a session.
    pub(super) fn named(&self, id: &str, account: AccountId, session: SessionId) -> Option<&Named> {
        let found = self.ids.get(&id.to_owned())?;
        let is_theirs = found.session.is_none_or(|owner| owner == session);
        (found.account == account && is_theirs).then_some(found)
    }

    /// What a session uploads and sends a large file with.
    pub(super) fn grant(&mut self, session: SessionId, md5: &str, limits: &Limits) -> Grant {
        let key = (session, md5.to_owned());
        if let Some(known) = self.grants.get(&key) {
            return known.clone();
        }
        let mut draw = self.draw("grant");
        let grant = Grant {
            aes_key: draw.hex(32),
            signature: draw.base64(80),
        };
        self.grants.insert(key, grant.clone(), limits.media_ids);
        grant
    }

    pub(super) fn granted(&self, session: SessionId, md5: &str) -> Option<&Grant> {
        self.grants.get(&(session, md5.to_owned()))
    }

    /// What leads to a file, and what opens one.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let grants = self.grants.values();
        let grants = grants.flat_map(|grant| [&grant.aes_key, &grant.signature]);
        self.ids.keys().chain(grants).map(String::as_str)
    }

    pub(super) fn draft(&self, session: SessionId, id: &str) -> Option<&Draft> {
        self.drafts.get(&(session, id.to_owned()))
    }

    /// Adds the next chunk of an upload.
    ///
    /// # Errors
    ///
    /// If the store cannot keep it; the upload is as it was.
    pub(super) fn append(
        &mut self,
        session: SessionId,
        id: &str,
        bytes: &[u8],
        limits: &Limits,
    ) -> io::Result<()> {
        let key = (session, id.to_owned());
        if self.drafts.get(&key).is_none() {
            let draft = Draft {
                part: self.part(),
                size: 0,
                md5: Md5::new(),
                chunks: Vec::new(),
                done: None,
            };
            for old in self.drafts.insert(key.clone(), draft, limits.uploads) {
                self.store.remove(&old.part);
            }
        }
        let parts: u64 = self.drafts.values().map(Draft::part_size).sum();
        let Some(draft) = self.drafts.get_mut(&key) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if parts.saturating_add(bytes.len() as u64) > limits.media {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.store.append(&draft.part, bytes)?;
        draft.size = draft.size.saturating_add(bytes.len() as u64);
        draft.md5.update(bytes);
        draft.chunks.push(digest(bytes));
        self.make_room(0, limits);
        Ok(())
    }

    /// The md5 of an upload as far as it came.
    pub(super) fn md5_of(&self, session: SessionId, id: &str) -> Option<String> {
        let draft = self.draft(session, id)?;
        Some(hex(&draft.md5.clone().finalize()))
    }

    /// The upload is whole: its bytes become a content, and an id leads to that.
    pub(super) fn finish(
        &mut self,
        session: SessionId,
        id: &str,
        account: AccountId,
        name: &str,
        limits: &Limits,
    ) -> Option<String> {
        let md5 = self.md5_of(session, id)?;
        let draft = self.draft(session, id)?;
        let content = Content {
            md5,
            size: draft.size,
        };
        let part = draft.part.clone();
        self.store.rename(&part, &content.md5).ok()?;
        let named = Named {
            account,
            session: Some(session),
            content: content.clone(),
            name: name.to_owned(),
        };
        let media_id = self.name(named, limits);
        if let Some(draft) = self.drafts.get_mut(&(session, id.to_owned())) {
            draft.done = Some(media_id.clone());
        }
        self.hold(content, limits);
        Some(media_id)
    }

    /// Forgets an upload that came to nothing.
    pub(super) fn drop_draft(&mut self, session: SessionId, id: &str) {
        if let Some(draft) = self.drafts.remove(&(session, id.to_owned())) {
            self.store.remove(&draft.part);
        }
    }
}

impl Draft {
    /// Bytes that no finished content counts.
    fn part_size(&self) -> u64 {
        if self.done.is_some() { 0 } else { self.size }
    }
}

pub(super) fn digest(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The newest entries of a map.
struct Remembered<K, V> {
    entries: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Ord + Clone, V> Remembered<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        self.order.retain(|have| have != key);
        self.entries.remove(key)
    }

    /// Remembers one more, and gives back what there is no room for any longer.
    fn insert(&mut self, key: K, value: V, limit: usize) -> Vec<V> {
        let mut forgotten: Vec<V> = self.remove(&key).into_iter().collect();
        self.order.push_back(key.clone());
        self.entries.insert(key, value);
        while self.order.len() > limit.max(1) {
            let old = self.order.pop_front();
            forgotten.extend(old.and_then(|old| self.entries.remove(&old)));
        }
        forgotten
    }
}
