//! Which part of an application an event is for.

use std::fmt;

use crate::{
    event::{ContactRequest, Event, EventKind, Message},
    kind::ContactKind,
    message::Mention,
};

/// Handlers of an application, and for which events each of them is.
///
/// A router waits for nothing and sends nothing: whoever takes events from an adapter hands each of
/// them to [`route`](Self::route). `T` is the application's own state, which all handlers share.
///
/// Messages that a bot seldom wants to answer reach no handler unless they are asked for: those of
/// the own account ([`with_own`](Self::with_own)), those in chats with official and built-in
/// accounts ([`with_official`](Self::with_official)), and those that nobody said
/// ([`with_housekeeping`](Self::with_housekeeping)). Each of the three goes for all handlers of
/// messages, wherever it stands. [`on_event`](Self::on_event) alone sees everything.
///
/// ```
/// # use std::time::Duration;
/// # use wx_sim::{server::{Act, Setup}, world::World};
/// use wx_proto::{Config, EventKind, Router, SendText};
///
/// #[derive(Default)]
/// struct Bot {
///     answers: Vec<SendText>,
///     is_online: bool,
/// }
///
/// let mut router = Router::new()
///     .on_text(|bot: &mut Bot, message, text| {
///         if text == "ping" {
///             bot.answers.push(message.reply("pong"));
///         }
///     })
///     .on_event(|bot, event| match event.kind {
///         EventKind::Online(_) => bot.is_online = true,
///         EventKind::Ended(_) => bot.is_online = false,
///         _ => {}
///     });
///
/// # let mut world = World::new(Setup::default());
/// # let peer = world.join(Config::default(), [7; 32]);
/// # assert!(world.to_online(peer));
/// # world.run_for(Duration::from_secs(10));
/// # let from = "wxid_anna7c20x1".to_owned();
/// # world.happen(Act::Text { from, text: "ping".into() }).unwrap();
/// # world.run_for(Duration::from_secs(1));
/// # let events = world.events(peer);
/// let mut bot = Bot::default();
/// for event in events {
///     router.route(&mut bot, &event);
/// }
/// assert!(bot.is_online);
/// assert_eq!(bot.answers.len(), 1);
/// ```
#[must_use = "a router does nothing until events are routed"]
pub struct Router<T> {
    handlers: Vec<Handler<T>>,
    own: bool,
    official: bool,
    housekeeping: bool,
}

struct Handler<T> {
    /// Whether it is spared the messages that nobody asked for.
    is_spared: bool,
    /// Says whether it took the event.
    run: Run<T>,
}

type Run<T> = Box<dyn FnMut(&mut T, &Event) -> bool + Send>;

impl<T: 'static> Router<T> {
    /// A router without handlers.
    pub fn new() -> Self {
        Self {
            handlers: Vec::new(),
            own: false,
            official: false,
            housekeeping: false,
        }
    }

    /// Adds a handler of texts, in rooms and outside, with the text as
    /// [`Message::text`] gives it.
    pub fn on_text(self, mut handler: impl FnMut(&mut T, &Message, &str) + Send + 'static) -> Self {
        self.message(move |state, message| {
            let text = message.text();
            text.map(|text| handler(state, message, text)).is_some()
        })
    }

    /// Adds a handler of the messages that `filter` picks.
    pub fn on_message(
        self,
        mut filter: impl FnMut(&Message) -> bool + Send + 'static,
        mut handler: impl FnMut(&mut T, &Message) + Send + 'static,
    ) -> Self {
        self.message(move |state, message| {
            let is_picked = filter(message);
            if is_picked {
                handler(state, message);
            }
            is_picked
        })
    }

    /// Adds a handler of the messages that mention this account, by name or together with the whole
    /// room; it is told which. The state has to say whether a message does, by
    /// [`Client::mentions`](crate::Client::mentions), which adapters reach by their `inspect`. With
    /// [`Mention::Unknown`] the handler is not called.
    pub fn on_mention(
        self,
        mut mentions: impl FnMut(&T, &Message) -> Mention + Send + 'static,
        mut handler: impl FnMut(&mut T, &Message, Mention) + Send + 'static,
    ) -> Self {
        self.message(move |state, message| {
            let mention = mentions(state, message);
            let is_meant = matches!(mention, Mention::Yes | Mention::All);
            if is_meant {
                handler(state, message, mention);
            }
            is_meant
        })
    }

    /// Adds a handler of the wishes of others to be a friend.
    pub fn on_contact_request(
        self,
        mut handler: impl FnMut(&mut T, &ContactRequest) + Send + 'static,
    ) -> Self {
        self.add(false, move |state, event| match &event.kind {
            EventKind::ContactRequest(request) => {
                handler(state, request);
                true
            }
            _ => false,
        })
    }

    /// Adds a handler of every event of any kind. No message is left out.
    pub fn on_event(self, mut handler: impl FnMut(&mut T, &Event) + Send + 'static) -> Self {
        self.add(false, move |state, event| {
            handler(state, event);
            true
        })
    }

    /// Lets messages of the own account through. Among them is everything that this client sends
    /// itself ([`Origin::OwnHere`](crate::Origin::OwnHere)): a handler that answers those as well
    /// talks to itself for ever.
    pub fn with_own(mut self) -> Self {
        self.own = true;
        self
    }

    /// Lets messages through in chats with [official](ContactKind::Official) and
    /// [built-in](ContactKind::Special) accounts, `filehelper` among them, and those that are so
    /// broken that their chat is not known.
    pub fn with_official(mut self) -> Self {
        self.official = true;
        self
    }

    /// Lets messages through that are [housekeeping](crate::Body::is_housekeeping).
    pub fn with_housekeeping(mut self) -> Self {
        self.housekeeping = true;
        self
    }

    /// Hands an event to every handler that it is for, in the order in which they were added, and
    /// says how many those were.
    pub fn route(&mut self, state: &mut T, event: &Event) -> usize {
        let is_unasked = match &event.kind {
            EventKind::Message(message) => self.is_unasked(message),
            _ => false,
        };
        let handlers = self.handlers.iter_mut();
        handlers
            .filter(|handler| !(is_unasked && handler.is_spared))
            .map(|handler| (handler.run)(state, event))
            .filter(|took| *took)
            .count()
    }

    fn is_unasked(&self, message: &Message) -> bool {
        let is_official = matches!(
            message.chat_kind,
            ContactKind::Official | ContactKind::Special
        );
        (message.is_own() && !self.own)
            || (is_official && !self.official)
            || (message.body.is_housekeeping() && !self.housekeeping)
    }

    fn message(self, mut run: impl FnMut(&mut T, &Message) -> bool + Send + 'static) -> Self {
        self.add(true, move |state, event| match &event.kind {
            EventKind::Message(message) => run(state, message),
            _ => false,
        })
    }

    fn add(
        mut self,
        is_spared: bool,
        run: impl FnMut(&mut T, &Event) -> bool + Send + 'static,
    ) -> Self {
        let run = Box::new(run);
        self.handlers.push(Handler { is_spared, run });
        self
    }
}

impl<T: 'static> Default for Router<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Router<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("handlers", &self.handlers.len())
            .finish_non_exhaustive()
    }
}
