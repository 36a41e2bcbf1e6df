//! A session with something of everything in it.

use std::{fmt::Debug, time::Duration};

use bytes::Bytes;
use wx_proto::{
    Body, ChatId, Command, CommandError, CommandId, Contact, ContactRequest, EventKind, Message,
    Receipt, SendText,
};
use wx_sim::{
    server::{AccountId, Act, Blob, Piece, Received, Setup},
    world::{PeerId, Pending, World},
};

use crate::common::*;

pub(crate) const FRIEND: &str = "wxid_anna7c20x1";
pub(crate) const OTHER: &str = "wxid_boris9d4k2";

/// A client that is online, and what a test may want to point at.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) bot: PeerId,
    pub(crate) account: AccountId,
    /// One message of each kind, all from the friend.
    pub(crate) said: Vec<Message>,
    pub(crate) request: Option<ContactRequest>,
    /// Of a text that this client sent to the friend just now.
    pub(crate) receipt: Receipt,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::of(Setup::default())
    }

    pub(crate) fn of(setup: Setup) -> Self {
        let mut world = World::new(setup);
        let bot = online(&mut world);
        let account = world.server().accounts().last().unwrap().id;
        for piece in pieces() {
            let act = Act::Send {
                chat: FRIEND.to_owned(),
                from: None,
                piece,
                veiled: false,
            };
            world.happen(act).unwrap();
        }
        hears(&mut world, FRIEND, "words");
        world
            .happen(Act::FriendRequest {
                plain: "wxid_newcomer1".to_owned(),
                nick: "Newcomer".to_owned(),
                words: "let me in".to_owned(),
            })
            .unwrap();
        world.run_for(5 * SECOND);
        let events = world.events(bot);
        let said = messages(&events);
        let request = events.iter().find_map(|event| match &event.kind {
            EventKind::ContactRequest(request) => Some(request.clone()),
            _ => None,
        });
        let friend = chat_of(&world, bot, account, FRIEND);
        let sent = world.submit(bot, SendText::new(friend, "take this back"));
        world.run_for(SECOND);
        let receipt = world.outcome(bot, sent).unwrap().unwrap();
        world.events(bot);
        Self {
            world,
            bot,
            account,
            said,
            request,
            receipt,
        }
    }

    /// The friend sends something.
    pub(crate) fn hear(&mut self, piece: Piece) {
        let act = Act::Send {
            chat: FRIEND.to_owned(),
            from: None,
            piece,
            veiled: false,
        };
        self.world.happen(act).unwrap();
    }

    /// What clients said, the latest last.
    pub(crate) fn received(&self) -> Vec<&Received> {
        self.world.server().received().collect()
    }

    pub(crate) fn last(&self) -> &Received {
        self.world.server().received().last().unwrap()
    }

    /// Somebody by the name that stays.
    pub(crate) fn chat(&self, plain: &str) -> ChatId {
        chat_of(&self.world, self.bot, self.account, plain)
    }

    pub(crate) fn friend(&self) -> ChatId {
        self.chat(FRIEND)
    }

    /// A room of three others, with a member who is no friend.
    pub(crate) fn room(&self) -> ChatId {
        self.chat("10241024@chatroom")
    }

    pub(crate) fn stranger(&self) -> ChatId {
        self.chat("wxid_stra1c4v5b")
    }

    /// A room that the account owns.
    pub(crate) fn own_room(&self) -> ChatId {
        let roster = self.world.client(self.bot).roster();
        let own = roster.rooms().find(|room| room.is_owned() == Some(true));
        own.map(|room| room.id.clone()).unwrap()
    }

    pub(crate) fn contact(&self, chat: &ChatId) -> Contact {
        let roster = self.world.client(self.bot).roster();
        roster.find(chat.user_name()).unwrap().clone()
    }

    /// The first message of a kind.
    pub(crate) fn message(&self, is_it: impl Fn(&Body) -> bool) -> &Message {
        self.said
            .iter()
            .find(|message| is_it(&message.body))
            .unwrap()
    }

    /// How many requests to an endpoint left the client since the beginning.
    pub(crate) fn asked(&self, endpoint: &str) -> usize {
        let sent = self.world.sent(self.bot).iter();
        sent.filter(|sent| sent.path.ends_with(&format!("/{endpoint}")))
            .count()
    }

    pub(crate) fn run(&mut self, time: Duration) {
        self.world.run_for(time);
    }

    /// Runs until a command is complete.
    pub(crate) fn finish<C: Command>(
        &mut self,
        pending: Pending<C>,
    ) -> Result<C::Reply, CommandError> {
        let id = pending.command;
        let bot = self.bot;
        let is_done = |world: &World| world.client(bot).outbox().all(|item| item.id != id);
        assert!(self.world.run_until(2 * HOUR, is_done), "never completed");
        self.world.outcome(bot, pending).unwrap()
    }

    pub(crate) fn call<C: Command>(&mut self, command: C) -> Result<C::Reply, CommandError> {
        let pending = self.world.submit(self.bot, command);
        self.finish(pending)
    }
}

fn chat_of(world: &World, bot: PeerId, account: AccountId, plain: &str) -> ChatId {
    let peers = world.server().peers(account);
    let peer = peers.iter().find(|peer| peer.plain == plain).unwrap();
    world.client(bot).chat(&peer.user_name).unwrap()
}

fn pieces() -> Vec<Piece> {
    let data = || Blob::Made(3000);
    let length = Duration::from_secs(3);
    vec![
        Piece::Image { data: data() },
        Piece::Gif { data: data() },
        Piece::Voice {
            data: data(),
            length,
        },
        Piece::Video {
            data: Blob::Made(70_000),
            length,
            micro: false,
        },
        Piece::File {
            name: "报告 (1).pdf".to_owned(),
            data: Blob::Made(5000),
        },
        Piece::Link {
            title: "A <link>".to_owned(),
            description: "& more".to_owned(),
            url: "https://example.org/?a=1&b=2".to_owned(),
        },
        Piece::Location {
            label: "Somewhere".to_owned(),
            x: "39.9".to_owned(),
            y: "116.4".to_owned(),
        },
        Piece::Card {
            who: OTHER.to_owned(),
        },
    ]
}

/// A submitted command of any kind.
pub(crate) trait Wait {
    fn id(&self) -> CommandId;
    fn finish(self: Box<Self>, stage: &mut Stage) -> Result<String, CommandError>;
    fn outcome(self: Box<Self>, stage: &mut Stage) -> Option<Result<String, CommandError>>;
}

impl<C: Command> Wait for Pending<C>
where
    C::Reply: Debug,
{
    fn id(&self) -> CommandId {
        self.command
    }

    fn finish(self: Box<Self>, stage: &mut Stage) -> Result<String, CommandError> {
        stage.finish(*self).map(|reply| format!("{reply:?}"))
    }

    fn outcome(self: Box<Self>, stage: &mut Stage) -> Option<Result<String, CommandError>> {
        let outcome = stage.world.outcome(stage.bot, *self)?;
        Some(outcome.map(|reply| format!("{reply:?}")))
    }
}

/// What a command reads from, or that it writes.
#[derive(Clone)]
pub(crate) enum Lent {
    Nothing,
    Source(Bytes),
    Sink,
}

pub(crate) fn submit<C: Command + 'static>(
    stage: &mut Stage,
    command: C,
    lent: Lent,
) -> Box<dyn Wait>
where
    C::Reply: Debug,
{
    let (world, bot) = (&mut stage.world, stage.bot);
    Box::new(match lent {
        Lent::Nothing => world.submit(bot, command),
        Lent::Source(source) => world.submit_reading(bot, command, source),
        Lent::Sink => world.submit_writing(bot, command),
    })
}
