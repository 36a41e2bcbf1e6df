//! Sessions with the simulated service, and what passed between the two.

use std::{error::Error, time::Duration};

use http::header::SET_COOKIE;
use wx_proto::{
    AcceptFriend, AddFriend, AddMembers, Attachment, ChatId, CheckLogin, Close, Command, Config,
    CreateRoom, EventKind, Family, FetchAvatar, FetchContacts, FetchImage, MarkRead, Pace, Recall,
    RemoveMember, RenameRoom, SearchContact, SendFile, SendImage, SendText, SetRemark, Snapshot,
    StatReport,
};
use wx_sim::{
    server::{Act, Blob, Cast, LoginRefusal, Piece, Setup, Wording},
    world::{PeerId, World},
};

/// What passed in one session.
pub(crate) struct Transcript {
    pub(crate) name: &'static str,
    /// Endpoint and body of each reply, in order.
    pub(crate) replies: Vec<(String, Vec<u8>)>,
    /// The `Set-Cookie` headers of each reply that had any.
    pub(crate) cookies: Vec<Vec<String>>,
    pub(crate) snapshots: Vec<Vec<u8>>,
}

const SECOND: Duration = Duration::from_secs(1);
const FRIEND: &str = "wxid_anna7c20x1";
const OTHER: &str = "wxid_boris9d4k2";
const ROOM: &str = "10241024@chatroom";

pub(crate) fn all() -> Result<Vec<Transcript>, Box<dyn Error>> {
    Ok(vec![ordinary()?, odd(), refused(), file_helper(), over()])
}

fn config() -> Config {
    let mut config = Config::default();
    config.pace = Pace::FREE;
    config
}

fn setup() -> Setup {
    Setup {
        cast: Cast::Few,
        packs: false,
        one_account: true,
        ..Setup::default()
    }
}

/// Something of everything.
fn ordinary() -> Result<Transcript, Box<dyn Error>> {
    let mut world = World::new(setup());
    let bot = join(&mut world, config());
    let mut saved = vec![save(&world, bot)];
    let (friend, other, room) = {
        let chat = |plain| chat(&world, bot, plain);
        (chat(FRIEND)?, chat(OTHER)?, chat(ROOM)?)
    };
    for piece in [
        Piece::Image {
            data: Blob::Made(900),
        },
        Piece::File {
            name: "a (1).pdf".to_owned(),
            data: Blob::Made(700),
        },
        Piece::Card {
            who: OTHER.to_owned(),
        },
        Piece::Quote {
            quoted: "what".to_owned(),
            name: "Anna".to_owned(),
            text: "that".to_owned(),
        },
    ] {
        let chat = FRIEND.to_owned();
        world.happen(Act::Send {
            chat,
            from: None,
            piece,
            veiled: false,
        })?;
    }
    let plain = "wxid_newcomer1".to_owned();
    let (nick, words) = ("Newcomer".to_owned(), "let me in".to_owned());
    world.happen(Act::FriendRequest { plain, nick, words })?;
    let text = "你好\u{1f604} <b> & [微笑]\n二".to_owned();
    world.happen(Act::Text {
        from: FRIEND.to_owned(),
        text: text.clone(),
    })?;
    let (in_room, from) = (ROOM.to_owned(), OTHER.to_owned());
    world.happen(Act::RoomText {
        room: in_room,
        from,
        text,
        mention: true,
    })?;
    world.run_for(30 * SECOND);
    saved.push(save(&world, bot));
    let mut image = None;
    let mut request = None;
    for event in world.events(bot) {
        match event.kind {
            EventKind::Message(message) if message.body.kind() == "image" => image = Some(message),
            EventKind::ContactRequest(wish) => request = Some(wish),
            _ => {}
        }
    }
    let sent = world.submit(bot, SendText::new(friend.clone(), "hello <3"));
    world.run_for(SECOND);
    if let Some(Ok(receipt)) = world.outcome(bot, sent) {
        order(&mut world, bot, Recall::of(&receipt));
    }
    if let Some(image) = image {
        world.submit_writing(bot, FetchImage::of(&image));
    }
    if let Some(request) = request {
        order(&mut world, bot, AcceptFriend::new(&request));
    }
    let file = || Attachment::bytes("a.bin", vec![7; 300]);
    order(&mut world, bot, SendImage::new(friend.clone(), file()));
    order(&mut world, bot, SendFile::new(friend.clone(), file()));
    // Large enough to be announced; it stays at that, for there is nothing to read from.
    order(
        &mut world,
        bot,
        SendFile::new(friend.clone(), Attachment::source("big", 26 << 20)),
    );
    order(&mut world, bot, MarkRead::new(friend.clone()));
    order(&mut world, bot, SetRemark::new(friend.clone(), "A"));
    order(&mut world, bot, FetchContacts::new([room.clone()]));
    order(&mut world, bot, SearchContact::new("Anna"));
    order(&mut world, bot, AddFriend::new(other.clone(), "hi"));
    order(
        &mut world,
        bot,
        CreateRoom::new([friend.clone(), other.clone()]),
    );
    order(
        &mut world,
        bot,
        AddMembers::new(room.clone(), [other.clone()]),
    );
    order(&mut world, bot, RemoveMember::new(room.clone(), other));
    order(&mut world, bot, RenameRoom::new(room, "new"));
    order(&mut world, bot, StatReport::new());
    order(&mut world, bot, CheckLogin);
    world.submit_writing(bot, FetchAvatar::of(friend));
    world.run_for(60 * SECOND);
    Ok(transcript("ordinary", &world, bot, saved))
}

/// People who are rarely like that.
fn odd() -> Transcript {
    let mut world = World::new(Setup {
        cast: Cast::Odd,
        ..setup()
    });
    let bot = join(&mut world, config());
    world.run_for(60 * SECOND);
    let saved = vec![save(&world, bot)];
    transcript("odd", &world, bot, saved)
}

/// An account that is not let in.
fn refused() -> Transcript {
    let refusal = LoginRefusal::barred(Wording::Plain);
    let mut world = World::new(Setup {
        barred: true,
        refusal,
        ..setup()
    });
    let bot = join(&mut world, config());
    transcript("refused", &world, bot, Vec::new())
}

/// The page that talks to `filehelper` alone.
fn file_helper() -> Transcript {
    let family = wx_sim::server::Family::FileHelper;
    let mut world = World::new(Setup { family, ..setup() });
    let mut config = config();
    config.entry = Family::FILE_HELPER;
    let bot = join(&mut world, config);
    let saved = vec![save(&world, bot)];
    transcript("file_helper", &world, bot, saved)
}

/// A session that ends and comes back by a question on the phone.
fn over() -> Transcript {
    let mut world = World::new(setup());
    let bot = join(&mut world, config());
    let _ = world.happen(Act::Kick { code: 1101 });
    world.run_for(60 * SECOND);
    let before = save(&world, bot);
    world.crash(bot);
    let again = match Snapshot::decode(&before) {
        Ok(saved) => world.rejoin(config(), [4; 32], saved),
        Err(_) => world.join(config(), [4; 32]),
    };
    world.keep_replies(again);
    world.to_online(again);
    let mut saved = vec![before, save(&world, again)];
    world.close(
        again,
        Close {
            logout: false,
            drain: Duration::ZERO,
        },
    );
    world.run_for(10 * SECOND);
    saved.push(save(&world, again));
    transcript("over", &world, again, saved)
}

fn join(world: &mut World, config: Config) -> PeerId {
    let bot = world.join(config, [3; 32]);
    world.keep_replies(bot);
    world.to_online(bot);
    world.run_for(10 * SECOND);
    bot
}

fn chat(world: &World, bot: PeerId, plain: &str) -> Result<ChatId, Box<dyn Error>> {
    let account = world
        .server()
        .accounts()
        .last()
        .ok_or("nobody logged in")?
        .id;
    let peers = world.server().peers(account);
    let peer = peers.iter().find(|peer| peer.plain == plain);
    let chat = peer.and_then(|peer| world.client(bot).chat(&peer.user_name));
    chat.ok_or_else(|| format!("{plain} is not there").into())
}

/// Nobody waits for it: what counts is what is asked and answered.
fn order<C: Command>(world: &mut World, bot: PeerId, command: C) {
    world.submit(bot, command);
    world.run_for(5 * SECOND);
}

fn save(world: &World, bot: PeerId) -> Vec<u8> {
    let saved = world.client(bot).snapshot();
    saved.map(|saved| saved.encode()).unwrap_or_default()
}

fn transcript(
    name: &'static str,
    world: &World,
    bot: PeerId,
    snapshots: Vec<Vec<u8>>,
) -> Transcript {
    let mut replies = Vec::new();
    let mut cookies = Vec::new();
    for came in world.replies(bot).iter().filter(|came| !came.is_cut) {
        let endpoint = came.path.rsplit('/').next().unwrap_or_default();
        let endpoint = if endpoint.is_empty() {
            "index"
        } else {
            endpoint
        };
        replies.push((endpoint.to_owned(), came.reply.body().to_vec()));
        let set = came.reply.headers().get_all(SET_COOKIE).iter();
        let set: Vec<_> = set
            .filter_map(|it| it.to_str().ok())
            .map(str::to_owned)
            .collect();
        if !set.is_empty() {
            cookies.push(set);
        }
    }
    Transcript {
        name,
        replies,
        cookies,
        snapshots,
    }
}
