//! A store to look into, and sessions that are kept in it.

use std::{
    error::Error,
    rc::Rc,
    sync::{Arc, Mutex},
    task::Poll,
};

use wx_proto::{
    Config, EventKind, Seed,
    driver::{Events, Handle, Kept, Store, StoreError},
};
use wx_sim::server::{Act, Deed, Whose};

use crate::lab::{Lab, SEED, config, poll};

pub(crate) const FRIEND: &str = "wxid_anna7c20x1";

/// A store to look into.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Content>>);

#[derive(Default)]
pub(crate) struct Content {
    pub(crate) session: Option<Vec<u8>>,
    pub(crate) saves: usize,
    pub(crate) clears: usize,
    pub(crate) fails: bool,
    pub(crate) panics: bool,
    /// What happens while the next save is under way.
    pub(crate) meanwhile: Option<Box<dyn FnOnce() + Send>>,
    /// What whoever hears of the next failure does.
    pub(crate) when_told: Option<Box<dyn FnOnce() + Send>>,
    /// What was told of failures: the pause after each.
    pub(crate) told: Vec<Option<u64>>,
}

impl Shelf {
    pub(crate) fn look<T>(&self, at: impl FnOnce(&mut Content) -> T) -> T {
        at(&mut self.0.lock().unwrap())
    }

    pub(crate) fn holding(session: &[u8]) -> Self {
        let shelf = Self::default();
        shelf.look(|content| content.session = Some(session.to_vec()));
        shelf
    }

    pub(crate) fn saves(&self) -> usize {
        self.look(|content| content.saves)
    }

    pub(crate) fn open_with(&self, config: Config) -> Result<Kept, StoreError> {
        let told = self.clone();
        Kept::open(config, Seed::from(SEED), self.clone(), move |unsaved| {
            assert_eq!(unsaved.source().unwrap().to_string(), "disk full");
            let pause = unsaved.next_try.map(|pause| pause.as_secs());
            let act = told.look(|content| {
                content.told.push(pause);
                content.when_told.take()
            });
            act.into_iter().for_each(|act| act());
        })
    }

    pub(crate) fn open(&self) -> Kept {
        self.open_with(config()).unwrap()
    }

    pub(crate) fn set_failing(&self, fails: bool) {
        self.look(|content| content.fails = fails);
    }

    fn attempt(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let meanwhile = self.look(|content| content.meanwhile.take());
        meanwhile.into_iter().for_each(|act| act());
        let (fails, panics) = self.look(|content| (content.fails, content.panics));
        assert!(!panics, "on purpose");
        if fails {
            return Err("disk full".into());
        }
        Ok(())
    }
}

impl Store for Shelf {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        self.attempt()?;
        Ok(self.look(|content| content.session.clone()))
    }

    fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.attempt()?;
        self.look(|content| {
            content.saves += 1;
            content.session = Some(session.to_vec());
        });
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.attempt()?;
        self.look(|content| {
            content.clears += 1;
            content.session = None;
        });
        Ok(())
    }
}

pub(crate) type Scene = (Rc<Lab>, Handle, Events);

pub(crate) fn online(shelf: &Shelf) -> Scene {
    let (lab, handle, mut events) = Lab::of(shelf.open());
    lab.to_online(&handle, &mut events);
    lab.pass(2_000);
    (lab, handle, events)
}

/// The program was killed, and is started again.
pub(crate) fn again(lab: &Lab, shelf: &Shelf) -> (Scene, Vec<String>) {
    let (lab, handle, mut events) = lab.again(shelf.open());
    let read = lab.to_online(&handle, &mut events);
    let is_asked = |kind: &EventKind| matches!(kind, EventKind::Qr(_) | EventKind::PushSent);
    assert!(!read.iter().any(is_asked), "it needs no scan");
    let texts = read.iter().filter_map(text).collect();
    ((lab, handle, events), texts)
}

pub(crate) fn hear(lab: &Lab, texts: &[&str]) {
    for text in texts {
        let (from, text) = (FRIEND.to_owned(), (*text).to_owned());
        assert!(lab.act(Deed::In(Whose::Latest, Act::Text { from, text })));
    }
}

pub(crate) fn text(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::Message(message) => message.text().map(str::to_owned),
        _ => None,
    }
}

/// Reads until this text, which is then at hand.
pub(crate) fn read_to(events: &mut Events, last: &str) {
    while let Poll::Ready(event) = poll(events.next()) {
        if text(&event.unwrap().kind).as_deref() == Some(last) {
            return;
        }
    }
    panic!("{last} does not come")
}

pub(crate) fn read_all(events: &mut Events) -> Vec<EventKind> {
    let mut read = Vec::new();
    while let Poll::Ready(Some(event)) = poll(events.next()) {
        read.push(event.kind);
    }
    read
}
