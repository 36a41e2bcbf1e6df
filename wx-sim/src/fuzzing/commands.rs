//! What the application has its client do.

use bytes::Bytes;
use wx_proto::{
    AddFriend, AddMembers, Attachment, ChatId, Command, CommandId, CreateRoom, FetchAvatar,
    FetchContacts, LeaveRoom, MarkRead, MediaKind, Pin, Raw, RenameRoom, SearchContact, SendFile,
    SendImage, SendText, SetRemark, StatReport, Upload,
};

use super::Lent;
use crate::world::{PeerId, Pending, World};

type HasEnded = dyn FnOnce(&mut World, PeerId) -> bool;

/// A submitted command, whatever its kind.
pub(super) struct Open {
    pub(super) id: CommandId,
    pub(super) has_ended: Box<HasEnded>,
}

impl<C: Command + 'static> From<Pending<C>> for Open {
    fn from(pending: Pending<C>) -> Self {
        Self {
            id: pending.command,
            has_ended: Box::new(move |world, bot| world.outcome(bot, pending).is_some()),
        }
    }
}

fn submit<C: Command + 'static>(world: &mut World, bot: PeerId, lent: Lent, command: C) -> Open {
    match lent {
        Lent::Nothing => world.submit(bot, command),
        Lent::Source(len) => world.submit_reading(bot, command, vec![7; len]),
        Lent::Sink => world.submit_writing(bot, command),
    }
    .into()
}

/// One of many commands, sensible or not. `len` is the size of a file that is read.
pub(super) fn order(
    world: &mut World,
    bot: PeerId,
    what: u8,
    chat: ChatId,
    lent: Lent,
    len: u64,
) -> Open {
    let here = || Attachment::bytes("a.jpg", Bytes::from_static(&[7; 3000]));
    let lent_file = || Attachment::source("a.bin", len);
    match what % 17 {
        0 => submit(world, bot, lent, SendImage::new(chat, here())),
        1 => submit(world, bot, lent, SendFile::new(chat, lent_file())),
        2 => submit(world, bot, lent, Upload::source(MediaKind::File, "a", len)),
        3 => submit(world, bot, lent, FetchAvatar::of(chat)),
        4 => submit(world, bot, lent, SetRemark::new(chat, "x")),
        5 => submit(world, bot, lent, Pin::new(chat)),
        6 => submit(world, bot, lent, MarkRead::new(chat)),
        7 => submit(world, bot, lent, FetchContacts::new([chat])),
        8 => submit(world, bot, lent, SearchContact::new("a")),
        9 => submit(world, bot, lent, CreateRoom::new([chat])),
        10 => submit(world, bot, lent, AddMembers::new(chat.clone(), [chat])),
        11 => submit(world, bot, lent, RenameRoom::new(chat, "x")),
        12 => submit(world, bot, lent, LeaveRoom::new(chat)),
        13 => submit(world, bot, lent, AddFriend::new(chat, "x")),
        14 => submit(world, bot, lent, StatReport::new()),
        15 => submit(world, bot, lent, Raw::post("webwxsearchcontact", "{}")),
        _ => submit(world, bot, lent, SendText::new(chat, "x").key("k")),
    }
}
