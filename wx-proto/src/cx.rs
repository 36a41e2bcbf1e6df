//! What a part of the client may touch: the clock, the session, flights, timers and queues.
//!
//! Parts never hold each other. They act on a `Cx`, and what concerns another part leaves as a
//! [`Signal`].

mod failure;
mod purpose;

pub(crate) use failure::{Failure, accepted, read, read_accepted};
pub use purpose::Timer;
pub(crate) use purpose::{Alarm, Purpose, Signal};

use std::{collections::VecDeque, time::Duration};

use http::{HeaderName, HeaderValue, header};

use crate::{
    command::{Answer, CommandError, Completion},
    config::Config,
    endpoint::{Context, Draft, Endpoint, jslogin::FILE_HELPER_APP_ID},
    error::{ProtocolError, ProtocolErrorKind},
    event::{EndCause, Event, EventKind, EventQueue, Trouble},
    flight::{Flight, Flights},
    id::{BlockId, ClientMsgId, CommandId, EventId, RequestId},
    output::{Class, OutgoingRequest, Output, ReplyRule},
    phase::PhaseCell,
    retry::{Retries, Tries},
    rng::{self, Rng, Seed},
    secret::Secret,
    session::Session,
    stats::Stats,
    time::{Now, Stamp},
    timer::Timers,
    trace,
};

/// A deadline that passed by so much, with nothing taken in since, was slept through: the machine slept and
/// its clock went on, or the program was stopped.
const LEAP: Duration = Duration::from_secs(30);

pub(crate) struct Cx {
    pub(crate) now: Now,
    /// How much of the time since the start was slept through.
    pub(crate) slept: Duration,
    /// When that last ended.
    pub(crate) woke: Stamp,
    pub(crate) config: Config,
    pub(crate) session: Session,
    pub(crate) phase: PhaseCell,
    pub(crate) flights: Flights<Purpose>,
    pub(crate) retries: Retries<Purpose>,
    pub(crate) timers: Timers<Alarm>,
    pub(crate) signals: VecDeque<Signal>,
    pub(crate) stats: Stats,
    pub(crate) events: EventQueue,
    pub(crate) outputs: VecDeque<Output>,
    rng: Rng,
    jitters: u64,
    blocks: u64,
    uploads: u64,
    last_media_id: u64,
    nonce: Option<u64>,
    /// Wall and monotone clock at the start. See [`Cx::cookie_clock`].
    started: Option<(Duration, Stamp)>,
}

impl Cx {
    pub(crate) fn new(mut config: Config, seed: &Seed, session: Session) -> Self {
        config.limits = config.limits.at_least_livable();
        Self {
            now: Now::default(),
            slept: Duration::ZERO,
            woke: Stamp::ZERO,
            config,
            session,
            phase: PhaseCell::new(),
            flights: Flights::new(),
            retries: Retries::new(),
            timers: Timers::new(),
            signals: VecDeque::new(),
            stats: Stats::default(),
            events: EventQueue::new(),
            outputs: VecDeque::new(),
            rng: Rng::new(seed),
            jitters: 0,
            blocks: 0,
            uploads: 0,
            last_media_id: 0,
            nonce: None,
            started: None,
        }
    }

    /// Takes the caller's clocks over. Timers run on the monotone one, which is not believed when
    /// it runs backwards. The wall clock may do as it likes: it is only printed.
    pub(crate) fn tick(&mut self, now: Now) {
        let last = self.now.mono;
        self.now = Now::new(last.max(now.mono), now.unix);
        if self.now.mono.since(last) >= LEAP {
            let due = self.timers.next().map_or(self.now.mono, |(due, _)| due);
            let slept = self.now.mono.since(due.max(last));
            if slept >= LEAP {
                self.slept = self.slept.saturating_add(slept);
                self.woke = self.now.mono;
            }
        }
        if self.started.is_none() {
            self.started = Some((self.cookie_clock(), self.now.mono));
        }
    }

    /// The clock that cookies live by: Unix time at the start, and from then on as much as the
    /// monotone clock passed, so that a wall clock that is set right does not kill a session. A
    /// resumed session goes on with the time of its snapshot: how long the service remembers it is
    /// for the service to say.
    pub(crate) fn cookie_clock(&self) -> Duration {
        match self.started {
            None => self.session.saved.unwrap_or(self.now.unix),
            Some((unix, mono)) => unix.saturating_add(self.now.mono.since(mono)),
        }
    }

    /// Whether the page is that of the desktop client: a session goes on as what it was entered as.
    pub(crate) fn is_desktop(&self) -> bool {
        let is_set = self.config.browser.desktop;
        self.session.desktop.unwrap_or(is_set)
    }

    /// Gives a request out. Whoever asked gets the reply under the same `purpose`.
    pub(crate) fn send(
        &mut self,
        purpose: Purpose,
        make: impl FnOnce(&Context<'_>, &Session) -> Draft,
    ) {
        let sent = self.try_send(purpose, Duration::ZERO, |c, s| Some(make(c, s)));
        if let Err(error) = sent {
            // Nothing of ours is that long: a ticket or key of the service must be.
            self.raise(Signal::Over(EndCause::Protocol(error)));
        }
    }

    /// Gives a request out that may take longer than is usual, and need not be possible.
    pub(crate) fn try_send(
        &mut self,
        purpose: Purpose,
        extra: Duration,
        make: impl FnOnce(&Context<'_>, &Session) -> Option<Draft>,
    ) -> Result<(), ProtocolError> {
        let ordinal = self.flights.next_ordinal();
        let device_id = device_id(self.rng.draw(rng::Purpose::DeviceId, ordinal));
        let nonce = self.nonce(purpose);
        let context = Context {
            family: self.session.family,
            lang: &self.config.browser.lang,
            desktop: self.is_desktop(),
            unix_ms: self.now.unix_ms(),
            nonce,
            device_id: &device_id,
        };
        let oversized = || ProtocolError::bare(purpose.endpoint(), ProtocolErrorKind::Oversized);
        let mut draft = make(&context, &self.session).ok_or_else(oversized)?;
        if self.session.family.is_file_helper() && purpose.class() != Class::Login {
            let id = HeaderValue::from_static(FILE_HELPER_APP_ID);
            draft
                .headers
                .push((HeaderName::from_static("mmweb_appid"), id));
        }
        let row = draft.endpoint.row();
        let host = self.session.host(draft.host);
        let rule = ReplyRule::new(draft.stream, row.limit);
        let http = self.finish(host, draft).ok_or_else(oversized)?;
        let timeout = row.timeout + extra;
        let id = self.flights.open(Flight { purpose, host });
        self.timers.cancel(Alarm::Retry(purpose));
        self.timers.set(Alarm::Flight(id), self.now.mono + timeout);
        self.stats.requests += 1;
        trace::request(
            id.ordinal(),
            purpose.endpoint().name(),
            purpose.class(),
            purpose.command().map(CommandId::ordinal),
            self.retries.failed(purpose).saturating_add(1),
        );
        self.outputs.push_back(Output::Request(OutgoingRequest {
            id,
            http,
            reply: rule,
            class: purpose.class(),
            give_up: timeout + GIVE_UP_MARGIN,
        }));
        Ok(())
    }

    /// Stops a request, if it is on its way; its reply will be ignored.
    pub(crate) fn abort(&mut self, purpose: Purpose) {
        if let Some(id) = self.flights.find(purpose) {
            self.abort_id(id);
        }
        self.timers.cancel(Alarm::Retry(purpose));
        self.retries.forget(purpose);
    }

    pub(crate) fn abort_id(&mut self, id: RequestId) -> Option<Flight<Purpose>> {
        let flight = self.flights.close(id)?;
        self.timers.cancel(Alarm::Flight(id));
        trace::aborted(id.ordinal(), flight.purpose.endpoint().name());
        self.outputs.push_back(Output::Abort(id));
        Some(flight)
    }

    /// The session is closing: only commands go on.
    pub(crate) fn stop_all_but_commands(&mut self) {
        let is_command = |purpose: Purpose| matches!(purpose, Purpose::Command(..));
        let others: Vec<_> = self.flights.ids(|purpose| !is_command(purpose)).collect();
        for id in others {
            self.abort_id(id);
        }
        self.timers.retain(|alarm| match alarm {
            Alarm::Flight(_) | Alarm::Pace(_) => true,
            Alarm::Retry(purpose) => is_command(*purpose),
            _ => false,
        });
    }

    /// Whether a request of this purpose is on its way or waits to be asked again.
    pub(crate) fn is_busy(&self, purpose: Purpose) -> bool {
        self.flights.find(purpose).is_some() || self.timers.is_set(Alarm::Retry(purpose))
    }

    /// Consults the retry table. `true`: the request will be issued again, and there is nothing to
    /// do until then. `false`: it failed for good.
    pub(crate) fn again(&mut self, purpose: Purpose, failure: &Failure, tries: Tries) -> bool {
        let repeat = purpose.endpoint().row().repeat;
        self.jitters += 1;
        let jitter = self.rng.draw(rng::Purpose::Jitter, self.jitters);
        let pause = self
            .retries
            .again(purpose, failure.setback(), repeat, tries, jitter);
        let attempt = self.retries.failed(purpose);
        let Some(pause) = pause else {
            self.retries.forget(purpose);
            return false;
        };
        self.retry_in(purpose, pause);
        self.trouble(purpose.endpoint(), attempt, pause, failure);
        true
    }

    /// Issues a request after a pause of the part's own choice.
    pub(crate) fn retry_in(&mut self, purpose: Purpose, pause: Duration) {
        self.stats.retries += 1;
        self.timers
            .set(Alarm::Retry(purpose), self.now.mono + pause);
    }

    pub(crate) fn trouble(
        &mut self,
        endpoint: Endpoint,
        attempt: u32,
        next_try: Duration,
        failure: &Failure,
    ) {
        self.emit(EventKind::Trouble(Trouble {
            endpoint,
            attempt,
            next_try,
            cause: failure.into(),
            detail: failure.detail().to_owned(),
        }));
    }

    pub(crate) fn emit(&mut self, kind: EventKind) -> EventId {
        self.events.push(kind)
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Whether so much is left, unread or not acknowledged, as an application may leave.
    pub(crate) fn is_crowded(&self, left: usize) -> bool {
        left >= self.config.limits.backlog || self.events.is_heavy()
    }

    pub(crate) fn complete(&mut self, id: CommandId, result: Result<Answer, CommandError>) {
        self.stats.completed += 1;
        trace::completed(id.ordinal(), result.as_ref().err());
        self.outputs
            .push_back(Output::Done(Completion::new(id, result)));
    }

    pub(crate) fn arm(&mut self, alarm: Alarm, after: Duration) {
        self.timers.set(alarm, self.now.mono + after);
    }

    pub(crate) fn raise(&mut self, signal: Signal) {
        self.signals.push_back(signal);
    }

    /// A fresh id for what a command says: the clock and four digits of chance.
    pub(crate) fn next_client_msg_id(&mut self, command: CommandId) -> ClientMsgId {
        let random = self.rng.draw(rng::Purpose::ClientMsgId, command.ordinal());
        let unix_ms = self.now.unix_ms();
        self.session.next_client_msg_id(unix_ms, random % 10_000)
    }

    /// A value of a stream that nothing else draws from.
    pub(crate) fn random(&self, purpose: rng::Purpose, ordinal: u64) -> u64 {
        self.rng.draw(purpose, ordinal)
    }

    pub(crate) fn next_block(&mut self) -> BlockId {
        self.blocks += 1;
        BlockId::new(self.blocks)
    }

    /// The id that all pieces of a file carry: the clock, but never the same one twice.
    pub(crate) fn next_media_id(&mut self) -> u64 {
        let next = self.now.unix_ms().max(self.last_media_id.saturating_add(1));
        self.last_media_id = next;
        next
    }

    /// The number of an upload, from 0.
    pub(crate) fn next_upload(&mut self) -> u64 {
        let next = self.uploads;
        self.uploads += 1;
        next
    }

    /// The ticket that the hosts of files want besides the cookies; empty if there is none.
    pub(crate) fn data_ticket(&self) -> Secret {
        let file = self.session.family.file;
        let clock = self.cookie_clock();
        let ticket = self.session.cookies.value(file, "webwx_data_ticket", clock);
        ticket.cloned().unwrap_or_default()
    }

    /// The page's anti-cache counter: the first request takes the clock, each further one that
    /// carries it counts one up. A resumed session starts it anew, as a reloaded page does.
    fn nonce(&mut self, purpose: Purpose) -> u64 {
        let nonce = match self.nonce {
            None => self.now.unix_ms(),
            Some(last) if purpose.carries_nonce() => last.saturating_add(1),
            Some(last) => last,
        };
        self.nonce = Some(nonce);
        nonce
    }

    /// Puts the draft on a host, with cookies and the headers common to all.
    fn finish(&self, host: &str, draft: Draft) -> Option<http::Request<bytes::Bytes>> {
        let path = draft.target.split('?').next().unwrap_or_default();
        let cookie = self
            .session
            .cookies
            .header_for(host, path, true, self.cookie_clock());
        let uri = self.config.hosts.rewrite(host, &draft.target).ok()?;
        let mut request = http::Request::new(draft.body);
        *request.method_mut() = draft.method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, self.config.browser.user_agent.clone());
        headers.insert(
            header::ACCEPT_LANGUAGE,
            self.config.browser.accept_language.clone(),
        );
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let referer = format!("https://{}/", self.session.family.main);
        headers.insert(header::REFERER, HeaderValue::try_from(referer).ok()?);
        for (name, value) in draft.headers {
            headers.insert(name, value);
        }
        if let Some(cookie) = cookie {
            headers.insert(header::COOKIE, cookie);
        }
        Some(request)
    }
}

/// The core's own time-out comes first; this only bounds drivers that cannot be interrupted.
const GIVE_UP_MARGIN: Duration = Duration::from_secs(5);

/// `e` and 15 digits, as the page writes it.
fn device_id(random: u64) -> String {
    format!("e{:015}", random % 1_000_000_000_000_000)
}

impl Purpose {
    pub(crate) fn class(self) -> Class {
        match self {
            Self::PushLogin | Self::JsLogin | Self::LoginPoll | Self::NewLoginPage => Class::Login,
            Self::SyncCheck => Class::Poll,
            Self::Sync => Class::Sync,
            Self::Logout => Class::Logout,
            Self::Command(_, endpoint) if endpoint.is_transfer() => Class::Transfer,
            _ => Class::Call,
        }
    }
}
