//! What a simulated service is told before it starts.

mod door;
mod family;

pub use self::door::{Door, LoginRefusal, Wording};
pub(super) use self::family::FILE_HELPER;
pub use self::family::Family;

use std::collections::BTreeMap;
use std::time::Duration;

use super::notice::Language;
use super::rate::{Class, Rate};
use super::script::Script;

/// How the service behaves. All durations are virtual: the service has no clock of its own.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Everything the service makes up (ids, tickets, profiles) follows from this number.
    pub seed: u64,
    /// `None`: the real hosts, `https` URLs, cookies with `Domain` and `Secure`, and each request
    /// must come to the right host. `Some("http://127.0.0.1:8088")`: everything is served under
    /// that base, URLs name it, cookies have neither attribute, hosts are not judged.
    pub base: Option<String>,
    /// The host family all accounts live on, whatever family the login was begun at.
    pub family: Family,
    /// What the phone does with a new QR code.
    pub phone: Phone,
    /// Every QR code is scanned by the same phone, so that all logins are of one account. Without
    /// it each code is another account.
    pub one_account: bool,
    /// Who is in the address book, and how strangely it is told.
    pub cast: Cast,
    /// The language of the notices in chats.
    pub language: Language,
    /// A login may be pushed to the phone. Without it `webwxpushloginurl` refuses whoever asks.
    pub push: bool,
    /// What the phone does with a login that was pushed to it. `None`: the same as with a code.
    pub push_phone: Option<Phone>,
    /// How long a poll without news is held.
    pub hold: Duration,
    /// Life of a QR code.
    pub qr_life: Duration,
    /// Life of the ticket in `redirect_uri`, counted from the scan.
    pub ticket_life: Duration,
    /// Life of the session cookies; each `webwxsync` starts it anew.
    pub cookie_life: Duration,
    /// Accounts are refused at `webwxnewloginpage`.
    pub barred: bool,
    /// Accounts are refused there unless the client is the desktop shell: `mod=desktop` and the two
    /// headers of that shell.
    pub desktop_only: bool,
    /// What a refused account is told.
    pub refusal: LoginRefusal,
    /// In what form `webwxnewloginpage` answers.
    pub door: Door,
    /// `synccheck` is answered at the main host alone; the push host knows no session (1100). Has no
    /// effect under a base.
    pub push_at_main: bool,
    /// The picture of the user comes with the scan, if the client asks for it.
    pub avatar: bool,
    /// Texts a session may send, and half as many media; more are answered with 1205. `None`: no
    /// limit.
    pub rate: Option<Rate>,
    /// Classes of calls with a rate of their own, which counts in place of `rate`.
    pub rates: BTreeMap<Class, Rate>,
    /// Remarks change when the client says so. On the real service that was reported to have no
    /// effect any more, though the answer is that of a success.
    pub remarks_work: bool,
    /// `webwxcreatechatroom` answers -2013 although the room is there.
    pub odd_room_ret: bool,
    /// Status notifications hold XML with the ids that stay, as they did until the spring of 2017.
    /// Without it their content is empty.
    pub plain_ids: bool,
    /// JSON of 512 bytes and more is packed for clients that take it, which is most of the work of a
    /// world.
    pub packs: bool,
    /// What the friends say, from the start of each init.
    pub script: Script,
    /// Sizes of pages and memories.
    pub limits: Limits,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 0,
            base: None,
            family: Family::Wx2,
            phone: Phone::default(),
            one_account: false,
            cast: Cast::Everyday,
            language: Language::ZhCn,
            push: true,
            push_phone: None,
            // Measured on the real service: 25,054 ms.
            hold: Duration::from_secs(25),
            // The official page gives up a code after about twelve held polls.
            qr_life: Duration::from_secs(300),
            ticket_life: Duration::from_secs(300),
            cookie_life: Duration::from_secs(12 * 3600),
            barred: false,
            desktop_only: false,
            refusal: LoginRefusal::barred(Wording::Plain),
            door: Door::Usual,
            push_at_main: false,
            avatar: true,
            rate: None,
            rates: BTreeMap::new(),
            remarks_work: true,
            odd_room_ret: false,
            plain_ids: false,
            packs: true,
            script: Script::none(),
            limits: Limits::default(),
        }
    }
}

/// What the phone does with a new QR code, or with a confirmation that was pushed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// Nothing, until a deed says so.
    Manual,
    /// Scans and confirms by itself.
    Auto {
        /// From the making of the code to the scan.
        scan_after: Duration,
        /// From the scan to the tap on "log in".
        confirm_after: Duration,
    },
}

impl Default for Phone {
    /// One second in all, half of it shown as "scanned".
    fn default() -> Self {
        Self::Auto {
            scan_after: Duration::from_millis(500),
            confirm_after: Duration::from_millis(500),
        }
    }
}

/// Who is in the address book of each account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cast {
    /// The two friends who stand first in the others, and a room with both: for worlds by the
    /// thousand.
    Few,
    /// Some thirty people and five rooms, which fill two pages.
    Everyday,
    /// The same, and what was seen only now and then: rooms of 39, 40 and 480 people, more rooms
    /// without a name, more special accounts, names that are hard to show, two people whom only the
    /// picture tells apart; counts that are no lengths, an entry that stands twice, members that are
    /// missing or not expected.
    Odd,
}

/// Sizes of pages and memories. The memories bound what a long run can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Contacts on one page of `webwxgetcontact`. The default makes two pages of the address book,
    /// so that every client meets the cursor.
    pub contact_page: usize,
    /// Items of one `webwxsync` reply before `ContinueFlag` is set.
    pub sync_page: usize,
    /// Items a session can still ask for; older ones are gone.
    pub sync_log: usize,
    /// Accepted requests that are remembered, the newest ones.
    pub accepted: usize,
    /// Refused and remarked requests that are remembered, the oldest ones: the first fault
    /// explains the others.
    pub faulty: usize,
    /// Messages of clients that are remembered, and messages per account that can still be
    /// recalled, and whose media can be had.
    pub texts: usize,
    /// `ClientMsgId`s per session by which a repeated send is known.
    pub sends: usize,
    /// Accounts, sessions and QR codes that are remembered, each.
    pub memory: usize,
    /// How far a clock value in a request may be from the service's clock.
    pub clock_slack: Duration,
    /// Bytes of a request body.
    pub body: usize,
    /// Bytes of media that are kept, in all; the oldest ones go first. Uploads that are not
    /// finished count, and are refused (`Ret` -1) when they alone are as many.
    pub media: u64,
    /// Media ids that still lead somewhere.
    pub media_ids: usize,
    /// Uploads that can go on, or whose chunks can be repeated.
    pub uploads: usize,
}

impl Limits {
    pub(super) fn slack(&self) -> u64 {
        u64::try_from(self.clock_slack.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            contact_page: 20,
            sync_page: 20,
            sync_log: 2048,
            accepted: 1024,
            faulty: 1024,
            texts: 4096,
            sends: 4096,
            memory: 64,
            clock_slack: Duration::from_secs(300),
            // Upload chunks are 512 KiB; one with its form fields stays far below this.
            body: 4 * 1024 * 1024,
            // Some of the largest files there are, and of all others many.
            media: 256 * 1024 * 1024,
            media_ids: 4096,
            uploads: 64,
        }
    }
}
