//! What really passed between one client and the service. A client is judged by it, and not by what it
//! says of itself: one that breaks off at a trifle would hardly tell that it did.

use std::{
    collections::{BTreeMap, VecDeque},
    io::Read,
    time::Duration,
};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::Response;
use wx_proto::Phase;
use wx_sim::world::{PeerId, World};

/// What a reply comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Good,
    Ret(i64),
    /// To be asked again later: 429 and 5xx.
    Busy,
    /// Another status: an answer, though nobody knows whose.
    Page,
    Garbled,
}

impl Word {
    pub(crate) const fn says_over(self) -> bool {
        matches!(self, Self::Ret(1100..=1102))
    }

    /// Whether asking for the same again is likely to bring the same: it is these that a client may
    /// pass over after a while, in a sync.
    const fn is_hopeless(self) -> bool {
        match self {
            Self::Page | Self::Garbled => true,
            Self::Ret(ret) => !self.says_over() && !matches!(ret, -1 | 3 | 1205),
            Self::Good | Self::Busy => false,
        }
    }
}

/// All exchanges with one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    sent: u32,
    latest: Duration,
    good: u32,
    garbled: u32,
    /// Clear refusals, of which a client knows that nothing was done.
    pub(crate) refused: u32,
    /// Those in a row.
    pub(crate) refused_in_row: u32,
    pub(crate) last: Option<Word>,
}

impl Calls {
    /// Exchanges without a good end, whatever became of them.
    pub(crate) const fn failed(&self) -> u32 {
        self.sent.saturating_sub(self.good)
    }

    /// What failed often enough: the second time is enough if the reply cannot be read.
    pub(crate) fn is_tiresome(&self) -> bool {
        let failed = self.failed();
        failed >= TRIES || self.garbled >= 2 && self.last == Some(Word::Garbled)
    }

    /// Whether the way to a session may break off here.
    pub(crate) fn may_break_off(&self) -> bool {
        self.is_tiresome() || self.last == Some(Word::Page)
    }
}

/// So often the official page asks, and a client may not give up before.
pub(crate) const TRIES: u32 = 3;

/// So many syncs in a row that cannot be read are a gap, and after two gaps the client passes over what
/// waits.
const GAP: u32 = 3;

/// What is on its way takes less, both ways together.
const TRIP: Duration = Duration::from_secs(2);

/// All requests of a client within a minute. Few have a hundred: some sixty news that came in one by one,
/// and what the application wanted meanwhile. A client that asks as fast as the network lets it has more
/// than a thousand.
const REQUESTS: usize = 250;

/// Of them, polls: one that was not held is followed by the next one a second later.
const POLLS: usize = 100;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// Replies and requests that were looked at.
    replies: usize,
    sent: usize,
    calls: BTreeMap<String, Calls>,
    /// When the service was last understood in an open session.
    heard: Option<Duration>,
    /// Polls and syncs that said that the session is over, since the last poll that said otherwise.
    told_over: u32,
    /// Syncs in a row that cannot be read.
    hopeless: u32,
    /// When the client passed over what waited.
    pub(crate) passed_over: Vec<Duration>,
    /// A login led to a stranger.
    pub(crate) astray: bool,
    /// Where the last minute begins in what was sent, and the polls in it.
    minute: usize,
    polls: VecDeque<Duration>,
    /// The most requests and polls in a minute.
    pub(crate) most: (usize, usize),
}

impl Witness {
    pub(crate) fn calls(&self, endpoint: &str) -> Option<&Calls> {
        self.calls.get(endpoint)
    }

    pub(crate) fn refused(&self, endpoint: &str) -> u32 {
        self.calls(endpoint).map_or(0, |calls| calls.refused)
    }

    /// Whether there was an open session.
    pub(crate) fn was_open(&self) -> bool {
        self.heard.is_some()
            || self.calls("synccheck").is_some()
            || self.calls("webwxsync").is_some()
    }

    /// For how long nothing was understood.
    pub(crate) fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard.unwrap_or_default())
    }

    /// Whether so much said that the session is over that it may be believed: three times, with no
    /// poll in between that says otherwise, or the check of the session as well.
    pub(crate) fn was_told_over(&self) -> bool {
        let check = self.calls("webwxinit").and_then(|calls| calls.last);
        self.told_over >= 3 || check.is_some_and(Word::says_over)
    }

    /// Looks at what came to pass since the last time.
    pub(crate) fn look(&mut self, world: &World, peer: PeerId) {
        let sent = world.sent(peer);
        for (at, request) in sent.iter().enumerate().skip(self.sent) {
            let endpoint = endpoint(&request.path);
            let calls = self.of(endpoint);
            calls.sent += 1;
            calls.latest = request.at;
            let is_past = |then: Duration| then + MINUTE <= request.at;
            while sent.get(self.minute).is_some_and(|it| is_past(it.at)) {
                self.minute += 1;
            }
            if endpoint == "synccheck" {
                self.polls.push_back(request.at);
            }
            while self.polls.front().is_some_and(|then| is_past(*then)) {
                self.polls.pop_front();
            }
            self.most.0 = self.most.0.max(at + 1 - self.minute);
            self.most.1 = self.most.1.max(self.polls.len());
        }
        self.sent = sent.len();
        let now = world.now();
        if world.client(peer).phase() == Phase::Online && self.heard.is_none() {
            self.heard = Some(now);
        }
        let replies = world.replies(peer);
        for came in replies.iter().skip(self.replies) {
            let endpoint = endpoint(&came.path);
            let word = word(endpoint, &came.reply);
            if came.is_cut {
                // What cannot be unpacked, or is too large, is told by its beginning.
                if word == Word::Garbled {
                    let calls = self.of(endpoint);
                    calls.garbled += 1;
                    calls.last = Some(word);
                }
                continue;
            }
            self.hear(now, endpoint, word);
            self.astray |= endpoint == "login" && leads_astray(&came.reply);
        }
        self.replies = replies.len();
    }

    fn of(&mut self, endpoint: &str) -> &mut Calls {
        if !self.calls.contains_key(endpoint) {
            self.calls.insert(endpoint.to_owned(), Calls::default());
        }
        self.calls.entry(endpoint.to_owned()).or_default()
    }

    fn hear(&mut self, now: Duration, endpoint: &str, word: Word) {
        let calls = self.of(endpoint);
        calls.last = Some(word);
        calls.good += u32::from(word == Word::Good);
        calls.garbled += u32::from(word == Word::Garbled);
        let is_no = matches!(word, Word::Ret(_));
        calls.refused += u32::from(is_no);
        calls.refused_in_row = if is_no { calls.refused_in_row + 1 } else { 0 };
        let latest = calls.latest;
        match (endpoint, word) {
            ("synccheck", Word::Good) => {
                self.told_over = 0;
                self.heard = Some(now);
            }
            ("webwxsync", Word::Good) => {
                self.hopeless = 0;
                self.heard = Some(now);
            }
            ("webwxsync", Word::Ret(3)) => self.heard = Some(now),
            ("synccheck" | "webwxsync", word) if word.says_over() => self.told_over += 1,
            ("webwxsync", word) if word.is_hopeless() => self.hopeless += 1,
            ("webwxinit", Word::Good) if self.hopeless >= 2 * GAP => {
                self.passed_over.push(now.min(latest + TRIP));
            }
            _ => {}
        }
    }

    /// What is wrong with how often the client asks, if anything is.
    pub(crate) fn haste(&self) -> Option<String> {
        let (requests, polls) = self.most;
        (requests > REQUESTS || polls > POLLS)
            .then(|| format!("{requests} requests within a minute, {polls} polls within one"))
    }
}

fn endpoint(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn word(endpoint: &str, reply: &Response<Bytes>) -> Word {
    match reply.status().as_u16() {
        200..300 => {}
        // This page comes as a redirect too, which nobody follows.
        300..400 if endpoint == "webwxnewloginpage" => {}
        429 | 500.. => return Word::Busy,
        _ => return Word::Page,
    }
    let text = beginning(reply);
    let ret = match endpoint {
        "synccheck" => number(&text, "retcode:\""),
        "jslogin" => match number(&text, "QRLogin.code") {
            Some(200) => Some(0),
            _ => None,
        },
        // Whatever it is.
        "login" => number(&text, "window.code").map(|_| 0),
        "webwxnewloginpage" => number(&text, "<ret>"),
        // The bare word that all is well is no session.
        "webwxinit" => number(&text, "\"Ret\"").filter(|ret| *ret != 0 || text.len() > 100),
        name if name.starts_with("webwx") && !name.starts_with("webwxget") => {
            number(&text, "\"Ret\"")
        }
        "webwxgetcontact" => number(&text, "\"Ret\""),
        _ => Some(0),
    };
    match ret {
        Some(0) => Word::Good,
        Some(ret) => Word::Ret(ret),
        None => Word::Garbled,
    }
}

fn leads_astray(reply: &Response<Bytes>) -> bool {
    beginning(reply).contains("evil.example")
}

/// What a reply begins with; nothing, if it cannot be unpacked.
fn beginning(reply: &Response<Bytes>) -> String {
    const MOST: u64 = 512;
    let body = reply.body();
    let mut bytes = Vec::new();
    let coding = reply.headers().get("content-encoding");
    let read = match coding.map(|coding| coding.as_bytes()) {
        None => body.take(MOST).read_to_end(&mut bytes),
        Some(b"gzip") => GzDecoder::new(&body[..]).take(MOST).read_to_end(&mut bytes),
        Some(_) => Ok(0),
    };
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

/// The number behind a name.
fn number(text: &str, name: &str) -> Option<i64> {
    let (_, behind) = text.split_once(name)?;
    let behind = behind.trim_start_matches([' ', ':', '=']);
    let end = behind.find(|c: char| c != '-' && !c.is_ascii_digit());
    behind[..end.unwrap_or(behind.len())].parse().ok()
}
