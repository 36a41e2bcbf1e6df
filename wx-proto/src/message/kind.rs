//! The numbers that say what a message is. Open: unknown ones are kept.

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$const_doc:meta])* $constant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            $($(#[$const_doc])* pub const $constant: Self = Self($code);)*
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

codes! {
    /// The kind of a message.
    MsgType {
        /// Text; also carries locations and, at times, red packets.
        TEXT = 1,
        /// A picture.
        IMAGE = 3,
        /// A voice message.
        VOICE = 34,
        /// Somebody wants to be a friend.
        FRIEND_REQUEST = 37,
        /// The service proposes somebody from the phone's address book.
        POSSIBLE_FRIEND = 40,
        /// Somebody was recommended.
        CARD = 42,
        /// A video.
        VIDEO = 43,
        /// A sticker.
        EMOTICON = 47,
        /// A location. The web gets most of them as text with a sub type.
        LOCATION = 48,
        /// A link, a file, and everything else made by an app: see [`AppMsgType`].
        APP = 49,
        /// A call.
        VOIP = 50,
        /// Not a message: what the phone does with its chats.
        STATUS_NOTIFY = 51,
        /// A call ended.
        VOIP_ENDED = 52,
        /// An invitation to a call.
        VOIP_INVITATION = 53,
        /// A short video recorded in the chat.
        MICRO_VIDEO = 62,
        /// A notice for the client itself; the official page drops it.
        SYSTEM_NOTICE = 9999,
        /// A sentence of the service in the chat.
        NOTICE = 10000,
        /// Something happened to a message or a room: XML.
        SYSTEM = 10002,
    }
}

codes! {
    /// The kind of an app message.
    AppMsgType {
        /// Text by an app; the title is the text.
        TEXT = 1,
        /// A picture.
        IMAGE = 2,
        /// Music.
        AUDIO = 3,
        /// A link to a video.
        VIDEO = 4,
        /// A link or an article, also an invitation to a room.
        LINK = 5,
        /// A file.
        FILE = 6,
        /// Opens an app.
        OPEN = 7,
        /// A sticker.
        EMOTICON = 8,
        /// A reminder by voice.
        VOICE_REMINDER = 9,
        /// Goods that were scanned.
        SCANNED_GOODS = 10,
        /// Goods.
        GOODS = 13,
        /// A set of stickers.
        EMOTICON_SET = 15,
        /// A coupon.
        COUPON = 16,
        /// Somebody began to share a location; the end comes as a notice.
        LIVE_LOCATION = 17,
        /// Forwarded messages.
        CHAT_HISTORY = 19,
        /// A mini program.
        MINI_PROGRAM = 33,
        /// A mini program, as another generation of phones writes it.
        MINI_PROGRAM_PAGE = 36,
        /// A video of a channel.
        CHANNEL_VIDEO = 51,
        /// A notice or list that a room works on.
        ROOM_NOTE = 53,
        /// A text that quotes an earlier message; the title is the text.
        QUOTE = 57,
        /// Money for one person.
        TRANSFER = 2000,
        /// Money for a room or a person, in an envelope.
        RED_PACKET = 2001,
        /// Several articles at once, in the numbers of the official page.
        ARTICLES = 100_001,
    }
}

codes! {
    /// What the phone did, in a [`StatusNotify`](super::StatusNotify).
    NotifyCode {
        /// A chat was read.
        READ = 1,
        /// A chat was opened.
        ENTERED = 2,
        /// A client has started.
        STARTED = 3,
        /// The list of recent chats, after login.
        RECENT_CHATS = 4,
        /// A chat was left.
        LEFT = 5,
    }
}
