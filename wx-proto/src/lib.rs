//! The Web WeChat protocol — the one the browser page at wx.qq.com speaks — as a sans-IO state
//! machine: no sockets, no clock, no threads, no async, no global state.
//!
//! [`Client`] is one login of one account. Commands and replies go in, each with the time; requests,
//! completions and events come out. The same seed and the same inputs give the same outputs, byte
//! for byte.
//!
//! ```text
//!            start  submit  acknowledge  close               poll_event
//!  application ───────────────┐                       ┌──────────────────▶ application
//!                             ▼                       │
//!                     ┌───────────────┐               │
//!     handle_reply ──▶│               │───────────────┘
//!     handle_block ──▶│    Client     │── poll_output ──▶ Request, Abort, Read, Progress, Done
//!   handle_timeout ──▶│               │── poll_timeout ─▶ when to call handle_timeout
//!                     └───────────────┘
//! ```
//!
//! To use it from a program, take an adapter crate: `wx-tokio`, `wx-blocking` or `wx-asyncstd`. To
//! write a driver of your own, read on.
//!
//! # What this is not
//!
//! It does not open connections, and it cannot make the service accept an account: many accounts,
//! above all those made after 2017, are refused ([`EndCause::Refused`] says so, with the service's
//! own words). The protocol is undocumented; whatever is sure, and whatever is a guess, was learned
//! from the official page and from the replies it gets.
//!
//! # A complete driver
//!
//! Any HTTP client will do that sends a request as it is given. Here it is a function that blocks,
//! called on a thread per request, which gives the head of the response and a body to read; a real
//! one bounds each by `give_up`:
//!
//! ```
//! use std::{io::Read, sync::mpsc, thread, time::{Duration, Instant, SystemTime, UNIX_EPOCH}};
//!
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use wx_proto::{Client, Event, Now, Output, SourceError, Stamp};
//! use wx_proto::{TransportError, TransportErrorKind};
//!
//! type Http = fn(Request<Bytes>) -> Result<Response<Box<dyn Read>>, TransportError>;
//!
//! fn drive(mut client: Client, http: Http, mut on_event: impl FnMut(&mut Client, Now, &Event)) {
//!     let origin = Instant::now();
//!     let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
//!     let now = || Now::new(Stamp::new(origin.elapsed()), unix + origin.elapsed());
//!     let (report, reports) = mpsc::channel();
//!     client.start(now());
//!     loop {
//!         if let Some(order) = client.poll_output() {
//!             match order {
//!                 Output::Request(request) => {
//!                     let report = report.clone();
//!                     thread::spawn(move || {
//!                         let reply = http(request.http).and_then(|response| {
//!                             let (head, body) = response.into_parts();
//!                             // No command of this program has a sink to write to.
//!                             request.reply.begin(head).read(body, |_| Err(TransportErrorKind::Sink.into()))
//!                         });
//!                         let _ = report.send((request.id, reply));
//!                     });
//!                 }
//!                 // This `http` cannot be interrupted. Its late reply will be ignored.
//!                 Output::Abort(_) => {}
//!                 Output::Done(done) => println!("command {} is done", done.id()),
//!                 Output::Read(it) => client.handle_block(now(), it.id, Err(SourceError::missing())),
//!                 Output::Progress(_) => {}
//!             }
//!         } else if let Some(event) = client.poll_event() {
//!             on_event(&mut client, now(), &event);
//!             client.acknowledge(now(), event.id);
//!         } else if client.is_drained() {
//!             return;
//!         } else {
//!             let due = client.poll_timeout().map(|at| at.since(now().mono));
//!             match reports.recv_timeout(due.unwrap_or(Duration::from_secs(3600))) {
//!                 Ok((id, reply)) => client.handle_reply(now(), id, reply),
//!                 Err(_) => client.handle_timeout(now()),
//!             }
//!         }
//!     }
//! }
//! # // A network that is down: the session tries, says so, and ends.
//! # fn down(_: Request<Bytes>) -> Result<Response<Box<dyn Read>>, TransportError> {
//! #     Err(TransportErrorKind::Connect.into())
//! # }
//! # let client = Client::new(wx_proto::Config::default(), wx_proto::Seed::from([7; 32]));
//! # let mut last = None;
//! # drive(client, down, |_, _, event| last = Some(event.clone()));
//! # let Some(wx_proto::EventKind::Ended(ended)) = last.map(|event| event.kind) else { panic!() };
//! # let cause = wx_proto::EndCause::Unreachable(TransportErrorKind::Connect);
//! # assert_eq!(ended.cause, cause);
//! ```
//!
//! The example `embed` is the same loop over a platform of four functions, without threads.
//!
//! # The contract of a driver
//!
//! The crate `wx-sim` has a suite that holds a driver to all of this: its page
//! `wx_sim::conformance` tells how to run it over one of your own.
//!
//! The rules about callers, events and saving (2, 5, 10 to 12, and 14) need not be written again: the
//! [`Engine`](driver::Engine) of the module [`driver`] keeps them. That module is the one place here
//! with a lock and with futures, those of [`std`] alone; it is not needed by whoever calls a `Client`
//! directly. The way through a proxy is there, too.
//!
//! 1. **One owner.** All calls on a `Client` are made one after another.
//! 2. **Drain.** After each call that takes something in, call [`Client::poll_output`] until `None`
//!    before sleeping.
//! 3. **Obey at once.** No order is carried out by waiting for the network inside that loop.
//! 4. **[`Output::Request`]** goes on the wire at most once and exactly as given, over HTTP/1.1: the
//!    driver adds `Host`, `Content-Length` and `Connection`, nothing else. It follows no redirect,
//!    keeps no cookies, decompresses nothing, retries nothing. What frames the message —
//!    `Transfer-Encoding`, `Content-Length` — is its own affair. Any status is a reply. A malformed
//!    status line is [`TransportErrorKind::NotHttp`] and counts as sent.
//! 5. **Answer each [`RequestId`] exactly once** by [`Client::handle_reply`], unless it was aborted;
//!    then an answer is optional and will be ignored.
//! 6. **Read by the rule.** Every response goes through the request's own [`ReplyRule`]:
//!    [`read`](ReplyReader::read) does it all where reading blocks. Elsewhere, after each
//!    [`ReplyReader::push`], [`pull`](ReplyReader::pull) until `None`, and write what it gives to
//!    the command's sink. If there is no sink or it fails, answer [`TransportErrorKind::Sink`]. A
//!    failure in mid-body goes through [`ReplyReader::abort`]. [`Output::Read`] wants exactly the
//!    bytes asked for, read off the loop; any offset may be asked for again.
//! 7. **[`Output::Abort`]**: stop at once and free the socket; where a client library cannot, within
//!    [`OutgoingRequest::give_up`].
//! 8. **Classify honestly.** [`Resolve`](TransportErrorKind::Resolve),
//!    [`Connect`](TransportErrorKind::Connect) and [`Tls`](TransportErrorKind::Tls) only if no byte
//!    of the request left: what may have been sent is asked again under other rules.
//! 9. **Wake up.** Sleep until [`Client::poll_timeout`] at most, then [`Client::handle_timeout`].
//!    Early and repeated calls do no harm; one at or after the deadline always makes progress.
//! 10. **Events at the application's pace.** Take [`Client::poll_event`] only when somebody wants
//!     it, never block the loop on it, and look at the deadline again after each event and each
//!     [`Client::acknowledge`]. If the application has dropped its stream and goes on without: take,
//!     discard, acknowledge. But a program that fails drops its stream as well: what it was at, and
//!     had not read, is not dealt with.
//! 11. **Clean up.** If whoever waits for a command goes away, [`Client::cancel`] it; one that nobody
//!     was to wait for is left alone. When the last handle and the event stream are gone,
//!     [`Client::close`] without logout.
//! 12. **Stay to the end.** Leave the loop only when [`Client::is_drained`], after the remaining
//!     events were handed over. Calls made later fail; they never hang.
//! 13. **One clock.** Both times of [`Now`] come from the runtime's clock; entropy is read once, for
//!     the [`Seed`].
//! 14. **Keep what is to be kept.** Of a session that is [kept in a store](driver::Kept), save each
//!     change at most a second later: off the loop, one save at a time, the latest state. Tell of a
//!     save that failed, and try it again. Save the end before you tell of it; after a logout that
//!     leaves nothing, clear the store.
//!
//! # Delivery
//!
//! A message becomes an event once, in the order of the service, and is *acknowledged* when the
//! application says so. [`Client::snapshot`] never covers what is not acknowledged: after a crash,
//! a client that is [resumed](Client::resume) from it asks for those messages again, and leaves out
//! those that were acknowledged. Adapters save such a snapshot at most a second after it changed, if
//! they are given a [store](driver::Store): then nothing is lost in a crash, and nothing comes again that
//! was covered when a save had returned. (That the real service delivers again for an older key is how its
//! sync is built; it could not be verified from here.)
//!
//! # Commands
//!
//! What an account can be made to do is a struct each; [`Submission::new`] splits one in two, and
//! adapters take it as it is. All of them end in a reply or a [`CommandError`], once, also when the
//! session does.
//!
//! | to | commands |
//! | --- | --- |
//! | say | [`SendText`], [`SendImage`], [`SendVideo`], [`SendEmoticon`], [`SendFile`], [`Forward`] |
//! | say once for many | [`Upload`], whose [`Media`] any number of sends takes |
//! | take back, mark | [`Recall`], [`MarkRead`] |
//! | fetch | [`FetchImage`], [`FetchVoice`], [`FetchVideo`], [`FetchFile`], [`FetchSticker`], [`FetchMap`], [`FetchAvatar`] |
//! | look up | [`FetchContacts`], [`SearchContact`]; most of it is in the [`Roster`] already |
//! | arrange people | [`AcceptFriend`], [`AddFriend`], [`SetRemark`], [`Pin`], [`Unpin`] |
//! | arrange rooms | [`CreateRoom`], [`AddMembers`], [`InviteMembers`], [`RemoveMember`], [`RenameRoom`], [`LeaveRoom`] |
//! | look after the session | [`CheckLogin`], [`StatReport`], [`Logout`], and [`Raw`] for what has no command |
//!
//! Those of one chat are said in the order of their submission. They leave at a [`Pace`], by class,
//! and wait in the [outbox](Client::outbox) meanwhile. What was lost on the way is asked again, as far
//! as that cannot act twice: a message goes out again under the same [`ClientMsgId`], a room is never
//! made a second time.
//!
//! # Media
//!
//! What is sent is an [`Attachment`]: bytes at hand, [`Media`] from before, or a source, which is
//! read in blocks by whoever drives ([`Output::Read`]), twice, and never held as a whole. It goes out in pieces
//! of 512 KiB, of which a lost one is sent again alone. What is fetched goes to a sink of the caller,
//! past the client, by the request's [`ReplyRule`]; nothing is asked again once a byte is there. An
//! error page in place of media never reaches a sink.
//!
//! The sizes are bounded by [`Limits`]: they are checked before the first byte is sent, and while
//! bytes come. [`Command::on_progress`] tells a caller of an adapter how far it is,
//! [`Output::Progress`] a driver how far an upload is.
//!
//! # Names change with every login
//!
//! A [`ChatId`] is good for one login, and is refused in another ([`Misuse::ForeignChat`]); the same
//! goes for [`Media`]. Only a few names are always the same, `filehelper` above all. What an
//! application keeps about people belongs under an [`Identity`](identity::Identity): the module
//! [`identity`] compares those of this login with those of earlier ones, and says how sure it is.
//!
//! # Numbers of the service
//!
//! A refusal is an [`ApiError`] with the service's number, a [`Ret`]. It knows what the number means
//! in that place ([`hint`](ApiError::hint)), in English and Chinese, and what the core does about it
//! by itself ([`Ret::reaction`]). A refused login has an [`Explanation`] with the probable cause. The
//! page `docs/codes.md` of the repository has them all in one place, and `docs/capabilities.md` all
//! that can be done, with the tests that show it.
//!
//! # Secrets
//!
//! A session's cookies and keys open the account. No `Debug` output and no error text holds one;
//! [`Snapshot::encode`] is the one place where they leave on purpose, apart from the requests
//! themselves. Requests go to the hosts of one [`Family`] only, whatever the service says.
//! `SECURITY.md` of the repository lists what else is defended against, and the tests that show it.
//!
//! # Logs
//!
//! With the feature `tracing`, which the adapters pass on, a client tells what it does as events of
//! the crate [`tracing`](https://docs.rs/tracing). It does so in the span in which it was made:
//! `info_span!("session", account = 7).in_scope(|| Session::spawn(..))` tells several sessions apart.
//!
//! | target | level | what | fields |
//! | --- | --- | --- | --- |
//! | `wx_proto::session` | info | `phase` | `from`, `to` |
//! | | info | `ended` | `cause`, `recoverable` |
//! | | debug | `snapshot stale` | |
//! | `wx_proto::trouble` | info | `paced` | `class`, `ret`, `pause_ms`, `waiting` |
//! | | info | `gap` | `error`, `times` |
//! | | debug | `trouble` | `endpoint`, `attempt`, `next_try_ms`, `cause`, `detail` of a connection that failed |
//! | `wx_proto::command` | debug | `failed` | `id`, `error` |
//! | | trace | `submitted`, `done` | `id` |
//! | `wx_proto::request` | trace | `sent` | `id`, `endpoint`, `class`, `command`, `attempt` |
//! | | trace | `aborted` | `id`, `endpoint` |
//! | `wx_proto::reply` | trace | `came`, `did not come` | `id`, `endpoint`, `status`, `len`, `streamed`; `error` |
//! | | trace | then `understood`, `not understood` or `refused` | `endpoint`; `error`; `ret` |
//! | `wx_proto::event` | trace | `told`: any other event | `id`, `kind` |
//! | `wx_proto::timer` | trace | `due` | `timer` |
//!
//! A quiet session says next to nothing at debug and above. Neither keys, cookies and tickets nor addresses
//! and bodies are told at any level, nor what people are called and say; the names here are those of
//! endpoints, codes and kinds. What libraries below a driver log is another matter. Up to debug those of
//! `wx-tokio` and `wx-asyncstd` keep to that, which tests of theirs watch; what has to be left out
//! with `wx-blocking` stands in its documentation. Whoever listens with the crate `log` gets the same
//! by the feature `log` of `tracing`.
//!
//! # Features
//!
//! None is on by default, and none changes what is there without it. `tracing` is told of above;
//! `record` adds the module `record`, which writes a session down for a bug report. The others are for
//! adapters: `tls` adds the module `driver::tls`, which says how the service is to be
//! trusted and takes a [`Seed`] from the operating system. `webpki-roots` and `platform-verifier` add
//! to it whom to trust, see [`driver::Roots`].

/// Everything a client of this protocol is known to do, and what shows that this one does.
///
/// The page is the repository's: a package, and what is built from one, goes without.
#[cfg(all(doc, not(docsrs)))]
#[doc = include_str!("../../docs/capabilities.md")]
pub mod capabilities {}
pub mod driver;
pub mod endpoint;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod identity;

mod bootstrap;
mod client;
mod command;
mod config;
mod cookies;
mod cx;
mod directory;
mod error;
mod event;
mod flight;
mod health;
mod hosts;
mod id;
mod inbox;
mod job;
mod kind;
mod language;
mod login;
mod lookups;
pub mod message;
mod outbox;
mod output;
mod pacer;
mod phase;
mod profile;
mod progress;
mod recheck;
#[cfg(feature = "record")]
pub mod record;
mod ret;
mod retry;
mod rng;
mod roster;
mod router;
mod secret;
mod seen;
mod session;
mod snapshot;
mod stats;
mod stream;
mod sync;
mod time;
mod timer;
mod trace;
mod transport;
mod wire;

pub use crate::{
    client::{Client, Close},
    command::{
        AcceptFriend, AddFriend, AddMembers, Added, Attachment, CheckLogin, Command, CommandError,
        Completion, CreateRoom, CreatedRoom, FetchAvatar, FetchContacts, FetchFile, FetchImage,
        FetchMap, FetchSticker, FetchVideo, FetchVoice, Fetched, Forward, InviteMembers, LeaveRoom,
        Logout, MarkRead, Media, MediaKind, Misuse, Pin, Raw, RawHost, RawReply, Recall,
        RecallNotice, Receipt, RemoveMember, RenameRoom, SearchContact, SendEmoticon, SendFile,
        SendImage, SendText, SendVideo, SetRemark, StatReport, Submission, Ticket, Unpin, Upload,
        Watched,
    },
    config::{Browser, CatchUp, Config, Limits, Pace, Rate, Relogin},
    cx::Timer,
    error::{ApiError, Evidence, ProtocolError, ProtocolErrorKind, SnapshotError},
    event::{
        Arrival, ContactRequest, EndCause, Ended, Event, EventKind, Gap, MemberChange, Message,
        Origin, Paced, Qr, Recalled, RosterChange, Scanned, Sender, Trouble, TroubleCause,
    },
    health::Health,
    hosts::{Base, Family, Hosts, InvalidBase, RedirectRefusal},
    id::{BlockId, ChatId, ClientMsgId, CommandId, EventId, MsgId, RequestId},
    kind::ContactKind,
    language::Language,
    message::{Body, Content, MsgType},
    outbox::{OutboxItem, OutboxState},
    output::{Class, OutgoingRequest, Output, ReadBlock, Reply, ReplyReader, ReplyRule},
    pacer::PaceClass,
    phase::Phase,
    profile::Profile,
    progress::Progress,
    ret::{Explanation, LoginCode, ProbableCause, Reaction, Ret, Selector},
    rng::Seed,
    roster::{Contact, Member, Roster, Sex},
    router::Router,
    secret::Secret,
    snapshot::Snapshot,
    stats::{Load, Stats},
    time::{Now, Stamp},
    transport::{SourceError, SourceErrorKind, TransportError, TransportErrorKind},
    wire::{
        html::clean,
        malformed::{Defect, Malformed},
    },
};
