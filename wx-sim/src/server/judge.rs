//! What the service thinks of a request, and the book it keeps of that.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::setup::Limits;
use super::{AccountId, SessionId};

/// One request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Position among all requests, from 0.
    pub ordinal: u64,
    /// When it came, as Unix time.
    pub at: Duration,
    /// Which call it was.
    pub endpoint: Endpoint,
    /// The account it was made for, as far as that is known.
    pub account: Option<AccountId>,
    /// The session it belongs to, as far as that is known.
    pub session: Option<SessionId>,
    /// The fault for which the real service would refuse it or misunderstand it.
    pub refusal: Option<Refusal>,
    /// What works but is unlike the official page.
    pub remarks: Vec<Remark>,
    /// The error it was answered with (`Ret`, `retcode`, login `code`), 0 for none. An error that
    /// is the service's own doing (kicked, expired, too often) has a code but no refusal. A request
    /// that was held has 0, whatever it was answered with later.
    pub code: i64,
    /// It met a planted reply, and was not judged unless it was also carried out.
    pub planted: bool,
    /// The request as text, the same for every correct client of one seed and one script: method,
    /// role of the host, path and query on the first line; below it, indented, the headers by name
    /// and the body, its members in the order in which they were sent.
    ///
    /// Clocks stand as `<time>`; ids, names of people and credentials as `<user-1>`, `<skey-2>` and
    /// the like, numbered by their first use in any request to this service, so that equal ones
    /// stay equal; cookies by name. What the page does not send is named and its value left out,
    /// as `…`. Long values and long texts are cut, with their length in bytes.
    pub canonical: String,
}

impl Record {
    /// Neither refused nor remarked.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refusal.is_none() && self.remarks.is_empty()
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}", self.ordinal, self.endpoint)?;
        if let Some(refusal) = &self.refusal {
            write!(f, " refused: {refusal}")?;
        }
        for remark in &self.remarks {
            write!(f, " remarked: {remark}")?;
        }
        Ok(())
    }
}

/// Why the real service would refuse a request, or not understand it. Always a fault of the
/// request, never of the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such path.
    UnknownPath,
    /// The call does not work with this method.
    Method,
    /// The call was made at a host that does not serve it, or at one of another family.
    Host,
    /// The body is larger than any the service takes.
    BodyTooLarge,
    /// The body is not JSON in UTF-8.
    Body,
    /// Text was sent as `\uXXXX`, which the service does not decode: it arrives as written.
    EscapedText,
    /// A slash was sent as `\/`, which the service does not take.
    EscapedSlash,
    /// The body has no `BaseRequest`.
    NoBaseRequest,
    /// A member without which the body means nothing is missing, or has the wrong type.
    Member(&'static str),
    /// A query parameter without which the call means nothing is missing or empty.
    Param(&'static str),
    /// A session cookie is missing.
    MissingCookie(&'static str),
    /// A session cookie has another value than the service gave it.
    WrongCookie(&'static str),
    /// The session cookies were sent although their life was over.
    StaleCookies,
    /// The session is none the service ever opened, or one it forgot long ago.
    UnknownSession,
    /// `Uin`, `Sid` or `Skey` are not those of the session.
    Identity(&'static str),
    /// A header without which the desktop shell is not known is missing or has another value.
    Header(&'static str),
    /// `appid` is not the one of the page.
    Appid,
    /// The service never gave out this uuid.
    UnknownUuid,
    /// The ticket does not belong to this uuid, or nobody confirmed it.
    Ticket,
    /// The push login names an account the cookies do not belong to.
    PushIdentity,
    /// `FromUserName` is not the own name of this session.
    Sender,
    /// No contact of this session has that name.
    UnknownRecipient,
    /// Oneself, or somebody who is no friend.
    ForbiddenRecipient,
    /// `LocalID` and `ClientMsgId` differ.
    LocalId,
    /// `Msg.Type` is none this call takes.
    MessageType,
    /// `Content` is not what a message of this type has there, or not escaped.
    Content,
    /// The media id leads nowhere, or not in this session.
    MediaId,
    /// The account has no sticker with that md5.
    UnknownSticker,
    /// `AESKey` or `Signature` of a large file is missing, or not the one it was given.
    Grant(&'static str),
    /// No message of that kind has that id.
    UnknownMessage,
    /// The message was said by somebody else.
    ForeignMessage,
    /// The body is no form, or its boundary does not separate it.
    Form,
    /// A chunk came before the one it follows.
    ChunkOrder,
    /// A chunk of that number came before with other bytes.
    ChunkChanged,
    /// A chunk is larger than the service takes at once, or its number is beyond their count.
    ChunkSize,
    /// The chunks are more or fewer bytes than was said.
    TotalLen,
    /// The bytes have another md5 than was said.
    FileMd5,
    /// The file is larger than any of its kind may be, or empty.
    FileSize,
    /// A part of a file was asked for that does not exist.
    Range,
    /// The ticket of a friend request is not the one it came with, or there is no such request.
    VerifyTicket,
    /// The room is none this session knows, or the user is not in it.
    NotInRoom,
    /// Only the owner of a room may do that.
    NotOwner,
    /// The `fun` of `webwxupdatechatroom` is none it has.
    Fun,
    /// More entries than a batch may have.
    BatchSize(usize),
    /// A member or a batch names somebody this session does not know, or cannot mean here.
    UnknownUser,
    /// The cursor is none the service gave out.
    Cursor,
    /// The key list is none the service gave out in this session, or was changed on the way.
    Keys,
    /// `SyncCheckKey` was sent where `SyncKey` belongs, and the two stood apart: items are skipped.
    CheckKeys,
    /// A second `synccheck` while one was held.
    ConcurrentPoll,
    /// A second `webwxsync` while one was unanswered.
    ConcurrentSync,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPath => f.write_str("no such path"),
            Self::Method => f.write_str("wrong method"),
            Self::Host => f.write_str("wrong host"),
            Self::BodyTooLarge => f.write_str("body too large"),
            Self::Body => f.write_str("body is not JSON in UTF-8"),
            Self::EscapedText => f.write_str("text sent as \\uXXXX escapes"),
            Self::EscapedSlash => f.write_str("slash sent as an escape"),
            Self::NoBaseRequest => f.write_str("no BaseRequest"),
            Self::Member(name) => write!(f, "member {name} missing or of the wrong type"),
            Self::Param(name) => write!(f, "parameter {name} missing or empty"),
            Self::MissingCookie(name) => write!(f, "cookie {name} missing"),
            Self::WrongCookie(name) => write!(f, "cookie {name} has another value"),
            Self::StaleCookies => f.write_str("cookies sent after their life"),
            Self::UnknownSession => f.write_str("unknown session"),
            Self::Identity(name) => write!(f, "{name} is not the one of the session"),
            Self::Header(name) => write!(f, "header {name} missing or of another value"),
            Self::Appid => f.write_str("wrong appid"),
            Self::UnknownUuid => f.write_str("unknown uuid"),
            Self::Ticket => f.write_str("ticket was not given out for this login"),
            Self::PushIdentity => f.write_str("uin does not belong to the cookies"),
            Self::Sender => f.write_str("FromUserName is not the own name"),
            Self::UnknownRecipient => f.write_str("unknown recipient"),
            Self::ForbiddenRecipient => f.write_str("recipient is oneself or a stranger"),
            Self::LocalId => f.write_str("LocalID and ClientMsgId differ"),
            Self::MessageType => f.write_str("message type this call does not take"),
            Self::Content => f.write_str("Content is not what this type has"),
            Self::MediaId => f.write_str("media id leads nowhere"),
            Self::UnknownSticker => f.write_str("unknown sticker"),
            Self::Grant(name) => write!(f, "{name} is not the one given for this file"),
            Self::UnknownMessage => f.write_str("no such message of that kind"),
            Self::ForeignMessage => f.write_str("somebody else said that message"),
            Self::Form => f.write_str("body is no form with its boundary"),
            Self::ChunkOrder => f.write_str("chunk out of order"),
            Self::ChunkChanged => f.write_str("chunk came before with other bytes"),
            Self::ChunkSize => f.write_str("chunk too large, or beyond the last one"),
            Self::TotalLen => f.write_str("chunks are not as many bytes as was said"),
            Self::FileMd5 => f.write_str("bytes have another md5 than was said"),
            Self::FileSize => f.write_str("file too large for its kind, or empty"),
            Self::Range => f.write_str("no such part of the file"),
            Self::VerifyTicket => f.write_str("ticket of no friend request"),
            Self::NotInRoom => f.write_str("not a member of the room"),
            Self::NotOwner => f.write_str("not the owner of the room"),
            Self::Fun => f.write_str("unknown fun"),
            Self::BatchSize(size) => write!(f, "batch of {size} entries"),
            Self::UnknownUser => f.write_str("names an unknown user"),
            Self::Cursor => f.write_str("unknown cursor"),
            Self::Keys => f.write_str("key list was not given out"),
            Self::CheckKeys => f.write_str("SyncCheckKey used for webwxsync, ahead of SyncKey"),
            Self::ConcurrentPoll => f.write_str("second synccheck at the same time"),
            Self::ConcurrentSync => f.write_str("second webwxsync at the same time"),
        }
    }
}

/// What works but is unlike the official page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// Another method than the page uses.
    Method,
    /// The front page of a host that has none of its own.
    Host,
    /// A header the browser always sends is missing.
    MissingHeader(&'static str),
    /// A header has another value than the page gives it.
    HeaderForm(&'static str),
    /// A header that belongs to another page or to another call.
    StrayHeader(&'static str),
    /// `Referer` is not the main page of the family.
    Referer,
    /// `Content-Type` is not the one of this body.
    ContentType,
    /// A body where the page sends none.
    UnexpectedBody,
    /// A query parameter the page sends is missing.
    MissingParam(&'static str),
    /// A query parameter the page does not send.
    UnknownParam(String),
    /// A query parameter stands twice.
    RepeatedParam(&'static str),
    /// A query parameter has another form or value than the page gives it.
    ParamForm(&'static str),
    /// A clock value is far from the clock.
    Clock(&'static str),
    /// The counter `_` did not grow.
    Counter,
    /// `pass_ticket` is not encoded once more than it was received.
    PassTicketEncoding,
    /// A parameter or member holds a value the service has replaced since.
    Outdated(&'static str),
    /// A member the page sends is missing.
    MissingMember(&'static str),
    /// A member the page does not send.
    UnknownMember(String),
    /// A member has another JSON type or form than the page gives it.
    MemberForm(&'static str),
    /// `DeviceID` is not `e` and 15 digits.
    DeviceIdForm,
    /// `DeviceID` stays the same from request to request.
    DeviceIdFixed,
    /// A cookie that is not needed but that a browser would send is missing.
    MissingCookie(&'static str),
    /// `tip` is 1 after the first poll, or not 1 on the first.
    Tip,
    /// A second login poll for the same uuid while one was held.
    ConcurrentLoginPoll,
    /// `synccheck` asked with `SyncKey` although a `SyncCheckKey` was given.
    SyncKeyPolled,
    /// `webwxsync` asked with `SyncCheckKey`. Nothing is skipped as long as it stands where `SyncKey`
    /// does; see [`Refusal::CheckKeys`].
    CheckKeySynced,
    /// `webwxsync` although nothing called for it.
    NeedlessSync,
    /// `webwxsync` while a `synccheck` was held.
    SyncBesidePoll,
    /// `Origin` is not the main page of the family.
    Origin,
    /// A field of a form has another form or value than the page gives it.
    FieldForm(&'static str),
    /// The fields of a form stand in another order than on the page.
    FieldOrder,
    /// A chunk that is not the last one has another size than on the page.
    ChunkLength,
    /// A file was announced that is small enough to go without.
    NeedlessCheck,
    /// A call the page of the file helper does not make.
    NotOnThisPage,
    /// `addmember` for a room so large that the page invites instead.
    NotInvited,
    /// The session goes on asking after it was told several times that it is over.
    AfterTheEnd,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("not the page's method"),
            Self::Host => f.write_str("not the page's host"),
            Self::MissingHeader(name) => write!(f, "header {name} missing"),
            Self::HeaderForm(name) => write!(f, "header {name} has not the page's value"),
            Self::StrayHeader(name) => write!(f, "header {name} does not belong here"),
            Self::Referer => f.write_str("not the page's Referer"),
            Self::ContentType => f.write_str("not the page's Content-Type"),
            Self::UnexpectedBody => f.write_str("a body where the page sends none"),
            Self::MissingParam(name) => write!(f, "parameter {name} missing"),
            Self::UnknownParam(name) => write!(f, "unknown parameter {name}"),
            Self::RepeatedParam(name) => write!(f, "parameter {name} twice"),
            Self::ParamForm(name) => write!(f, "parameter {name} has not the page's form"),
            Self::Clock(name) => write!(f, "{name} is far from the clock"),
            Self::Counter => f.write_str("counter _ did not grow"),
            Self::PassTicketEncoding => f.write_str("pass_ticket not encoded as the page does"),
            Self::Outdated(name) => write!(f, "{name} was replaced since"),
            Self::MissingMember(name) => write!(f, "member {name} missing"),
            Self::UnknownMember(name) => write!(f, "unknown member {name}"),
            Self::MemberForm(name) => write!(f, "member {name} has not the page's form"),
            Self::DeviceIdForm => f.write_str("DeviceID is not e and 15 digits"),
            Self::DeviceIdFixed => f.write_str("DeviceID never changes"),
            Self::MissingCookie(name) => write!(f, "cookie {name} missing"),
            Self::Tip => f.write_str("not the page's tip"),
            Self::ConcurrentLoginPoll => f.write_str("second login poll at the same time"),
            Self::SyncKeyPolled => f.write_str("SyncKey used for synccheck"),
            Self::CheckKeySynced => f.write_str("SyncCheckKey used for webwxsync"),
            Self::NeedlessSync => f.write_str("webwxsync that nothing called for"),
            Self::SyncBesidePoll => f.write_str("webwxsync while a synccheck was held"),
            Self::Origin => f.write_str("not the page's Origin"),
            Self::FieldForm(name) => write!(f, "field {name} has not the page's form"),
            Self::FieldOrder => f.write_str("fields not in the page's order"),
            Self::ChunkLength => f.write_str("chunk has not the page's size"),
            Self::NeedlessCheck => f.write_str("webwxcheckupload for a file that needs none"),
            Self::NotOnThisPage => f.write_str("the page of the file helper does not call this"),
            Self::NotInvited => f.write_str("addmember where the page invites"),
            Self::AfterTheEnd => f.write_str("session asks on after its end"),
        }
    }
}

/// How many requests of a kind came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub requests: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those that were remarked and not refused.
    pub remarked: u64,
}

/// The records, bounded, and the counters, which are not.
#[derive(Debug, Default)]
pub(super) struct Book {
    records: Vec<Record>,
    faulty: usize,
    next: u64,
    tallies: BTreeMap<Endpoint, Tally>,
}

impl Book {
    pub(super) fn next(&mut self) -> u64 {
        let ordinal = self.next;
        self.next = self.next.saturating_add(1);
        ordinal
    }

    pub(super) fn add(&mut self, record: Record, limits: &Limits) {
        let tally = self.tallies.entry(record.endpoint).or_default();
        tally.requests = tally.requests.saturating_add(1);
        if record.refusal.is_some() {
            tally.refused = tally.refused.saturating_add(1);
        } else if !record.remarks.is_empty() {
            tally.remarked = tally.remarked.saturating_add(1);
        }
        if !record.is_accepted() {
            if self.faulty >= limits.faulty {
                return;
            }
            self.faulty += 1;
        }
        self.records.push(record);
        // Twice the limit before the accepted ones are cut back to it, so that cutting costs one
        // move per record in the long run.
        if self.records.len() - self.faulty > limits.accepted.saturating_mul(2) {
            let mut surplus = self.records.len() - self.faulty - limits.accepted;
            self.records.retain(|record| {
                let keep = !record.is_accepted() || surplus == 0;
                if !keep {
                    surplus -= 1;
                }
                keep
            });
        }
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    pub(super) fn tallies(&self) -> &BTreeMap<Endpoint, Tally> {
        &self.tallies
    }
}
