//! What was submitted and has not completed: in order per chat, few at a time, and at a pace that
//! the service bears.
//!
//! What a command does is the affair of its [`Job`]. This only says when its next step is taken, and
//! what becomes of one that failed.

mod echoes;
mod entry;
mod view;

use echoes::Echoes;
use entry::{Attempt, Entry, State};
pub use view::{OutboxItem, OutboxState};

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;

use crate::{
    command::{CommandError, JobOrder, Misuse},
    cx::{Alarm, Cx, Failure, Purpose, Signal},
    endpoint::{Endpoint, Repeat},
    error::{ApiError, ProtocolError, ProtocolErrorKind},
    event::{Ended, EventKind, Message, Paced},
    id::{BlockId, CommandId},
    job::{Job, Outcome, Step},
    output::{Output, ReadBlock, Reply},
    pacer::{PaceClass, Pacer},
    progress::Progress,
    ret::Ret,
    retry::{Setback, Tries},
    rng,
    roster::Roster,
    transport::{SourceError, TransportError},
};

pub(crate) struct Outbox {
    last: u64,
    /// Tokens taken so far, each with a jitter of its own.
    tokens: u64,
    /// In order of submission.
    queue: BTreeMap<CommandId, Entry>,
    pacer: Pacer,
    echoes: Echoes,
}

/// The official page repeats a send twice.
const TRIES: u32 = 3;

/// What never left the machine is kept for so long.
const UNSENT_PATIENCE: Duration = Duration::from_secs(60);

const LOGGED_OUT_DOUBTS: u32 = 2;
const TICKET_DOUBTS: u32 = 1;

/// The service names a failure of its own: 1, 3, 9 s, then it is over.
const INTERNAL_TRIES: Tries = Tries::AtMost(4);

impl Outbox {
    pub(crate) fn new(cx: &Cx) -> Self {
        Self {
            last: 0,
            tokens: 0,
            queue: BTreeMap::new(),
            pacer: Pacer::new(cx.config.pace),
            echoes: Echoes::default(),
        }
    }

    pub(crate) fn next_id(&mut self) -> CommandId {
        self.last += 1;
        CommandId::new(self.last)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Takes a command in. What cannot be carried out as it is fails at once.
    pub(crate) fn submit(&mut self, cx: &mut Cx, roster: &Roster, id: CommandId, order: JobOrder) {
        let job = if self.queue.len() < cx.config.limits.outbox {
            Job::new(cx, roster, id, order)
        } else {
            Err(CommandError::OutboxFull)
        };
        match job {
            Ok(job) if self.is_taken(&job) => {
                let error = CommandError::Misuse(Misuse::KeyTaken);
                cx.complete(id, Err(error));
            }
            Ok(job) => {
                let entry = Entry {
                    job,
                    submitted: cx.now.mono,
                    attempt: Attempt::default(),
                    state: State::Waiting,
                    transfers: false,
                };
                self.queue.insert(id, entry);
            }
            Err(error) => cx.complete(id, Err(error)),
        }
    }

    /// Whether the id of a message is on its way to somewhere else, or with other words.
    fn is_taken(&self, job: &Job) -> bool {
        let Some(id) = job.client_msg_id() else {
            return false;
        };
        let said = |job: &Job| (job.chat().cloned(), job.said());
        let mut others = self.queue.values().map(|entry| &entry.job);
        others.any(|other| other.client_msg_id() == Some(id) && said(other) != said(job))
    }

    pub(crate) fn cancel(&mut self, cx: &mut Cx, id: CommandId) {
        if let Some(entry) = self.take(cx, id) {
            let maybe_sent = entry.may_have_acted();
            cx.complete(id, Err(CommandError::Cancelled { maybe_sent }));
        }
    }

    /// Every command gets its end, also when the session has one.
    pub(crate) fn close(&mut self, cx: &mut Cx, ended: &Ended) {
        let ids: Vec<_> = self.queue.keys().copied().collect();
        for id in ids {
            let Some(entry) = self.take(cx, id) else {
                continue;
            };
            let error = CommandError::Closed {
                ended: ended.clone(),
                maybe_sent: entry.may_have_acted(),
            };
            cx.complete(id, Err(error));
        }
        cx.timers.retain(|alarm| !matches!(alarm, Alarm::Pace(_)));
    }

    /// Takes a command out, with whatever it has on the wire.
    fn take(&mut self, cx: &mut Cx, id: CommandId) -> Option<Entry> {
        let entry = self.queue.remove(&id)?;
        if let State::Out(endpoint) | State::Resting(endpoint) = entry.state {
            cx.abort(Purpose::Command(id, endpoint));
        }
        // It may have been asked before, and wait for its turn again.
        cx.retries.retain(|call| call.command() != Some(id));
        Some(entry)
    }

    fn fail(&mut self, cx: &mut Cx, id: CommandId, error: CommandError) {
        if self.take(cx, id).is_some() {
            cx.complete(id, Err(error));
        }
    }

    /// Takes whatever steps may be taken now: the oldest first, and what is said in a chat one after
    /// another.
    pub(crate) fn pump(&mut self, cx: &mut Cx) {
        self.fail_late(cx);
        let limits = &cx.config.limits;
        let is_out = |entry: &&Entry| matches!(entry.state, State::Out(_));
        let mut out = self.queue.values().filter(is_out).count();
        let mut transfers = 0;
        for entry in self.queue.values_mut() {
            // Whoever has to wait for the pace lets others have the place.
            let is_idle = entry.state == State::Waiting
                && self.pacer.refusal(entry.job.class(), cx.now.mono).is_some();
            entry.transfers &= entry.job.is_transfer() && !is_idle;
            transfers += usize::from(entry.transfers);
        }
        let mut chats = BTreeSet::new();
        let mut stopped = BTreeMap::new();
        let mut due = Vec::new();
        for (id, entry) in &mut self.queue {
            let chat = entry.job.chat();
            let is_first = chat.is_none_or(|chat| chats.insert(chat.user_name()));
            let step = entry.job.step();
            let may_go = entry.state == State::Waiting && (is_first || !entry.job.takes_turn());
            if !may_go {
                continue;
            }
            let class = entry.job.class();
            if self.pacer.refusal(class, cx.now.mono).is_some() {
                continue;
            }
            let begins = entry.job.is_transfer() && !entry.transfers;
            if begins && transfers >= limits.transfers {
                continue;
            }
            if let Step::Ask(_) = step {
                if out >= limits.in_flight || stopped.contains_key(&class) {
                    continue;
                }
                if !entry.attempt.has_token {
                    let jitter = cx.random(rng::Purpose::Pace, self.tokens);
                    if let Err(wait) = self.pacer.take(class, cx.now.mono, jitter) {
                        stopped.insert(class, wait);
                        continue;
                    }
                    self.tokens += 1;
                    entry.attempt.has_token = true;
                }
                out += 1;
            }
            entry.transfers = entry.job.is_transfer();
            transfers += usize::from(begins);
            due.push(*id);
        }
        for (class, wait) in stopped {
            cx.arm(Alarm::Pace(class), wait);
        }
        for id in due {
            self.step(cx, id);
        }
    }

    fn step(&mut self, cx: &mut Cx, id: CommandId) {
        let Some(entry) = self.queue.get_mut(&id) else {
            return;
        };
        match entry.job.step() {
            Step::Read { offset, len } => {
                let block = cx.next_block();
                entry.state = State::Reading(block);
                cx.outputs.push_back(Output::Read(ReadBlock {
                    id: block,
                    command: id,
                    offset,
                    len,
                }));
            }
            Step::Ask(endpoint) => {
                let ticket = cx.data_ticket();
                if ticket.is_empty() && endpoint.wants_data_ticket() {
                    let missing = ProtocolErrorKind::Missing("webwx_data_ticket");
                    let error = entry.garbled(ProtocolError::bare(endpoint, missing));
                    return self.fail(cx, id, error);
                }
                let job = &entry.job;
                let extra = job.extra_time();
                let sent = cx.try_send(Purpose::Command(id, endpoint), extra, |c, s| {
                    job.draft(c, s, &ticket)
                });
                if let Err(error) = sent {
                    let error = entry.garbled(error);
                    return self.fail(cx, id, error);
                }
                entry.state = State::Out(endpoint);
                entry.attempt.unanswered += 1;
                entry.attempt.since.get_or_insert(cx.now.mono);
            }
        }
    }

    pub(crate) fn handle(
        &mut self,
        cx: &mut Cx,
        id: CommandId,
        endpoint: Endpoint,
        reply: Result<Reply, TransportError>,
    ) {
        let Some(entry) = self.queue.get_mut(&id) else {
            return;
        };
        let class = entry.job.class();
        match entry.job.answered(cx, reply) {
            Ok(outcome) => {
                cx.retries.forget(Purpose::Command(id, endpoint));
                self.pacer.went_through(class);
                entry.attempt = Attempt::default();
                entry.state = State::Waiting;
                if let Some((done, total)) = entry.job.progress() {
                    cx.outputs.push_back(Output::Progress(Progress {
                        command: id,
                        done,
                        total: Some(total),
                    }));
                }
                self.proceed(cx, id, outcome);
            }
            Err(failure) => self.failed(cx, id, endpoint, failure),
        }
    }

    fn proceed(&mut self, cx: &mut Cx, id: CommandId, outcome: Outcome) {
        let answer = match outcome {
            Outcome::Next => return,
            Outcome::Done(answer) => answer,
            Outcome::Learned(answer, records) => {
                cx.raise(Signal::Learned(records));
                answer
            }
        };
        if let Some(entry) = self.queue.remove(&id) {
            self.echoes.sent(&entry.job, &answer);
            cx.complete(id, Ok(answer));
        }
    }

    /// The answer to a block that was asked for.
    pub(crate) fn handle_block(
        &mut self,
        cx: &mut Cx,
        block: BlockId,
        data: Result<Bytes, SourceError>,
    ) {
        let is_it = |entry: &Entry| entry.state == State::Reading(block);
        let Some((&id, entry)) = self.queue.iter_mut().find(|(_, entry)| is_it(entry)) else {
            return;
        };
        entry.state = State::Waiting;
        let taken = match data {
            Ok(data) => entry.job.took(data),
            Err(error) => Err(error.kind()),
        };
        if let Err(kind) = taken {
            self.fail(cx, id, CommandError::Source(kind));
        }
    }

    fn failed(&mut self, cx: &mut Cx, id: CommandId, endpoint: Endpoint, failure: Failure) {
        let Some(entry) = self.queue.get_mut(&id) else {
            return;
        };
        let purpose = Purpose::Command(id, endpoint);
        let setback = failure.setback();
        let repeat = endpoint.row().repeat;
        let attempt = &mut entry.attempt;
        // A page with another status is an answer, but nobody knows whose.
        let is_refused = matches!(failure, Failure::Refused(_)) && setback == Setback::Refused;
        if is_refused || setback == Setback::NotSent {
            attempt.unanswered = attempt.unanswered.saturating_sub(1);
        }
        let is_once = repeat == Repeat::AtMostOnce;
        let tries = match &failure {
            _ if entry.job.is_spent() => Tries::AtMost(0),
            Failure::Refused(error) => match error.ret {
                // The check of the session decides; until then this waits where it stood. An
                // endpoint that says so all alone, again and again, is not believed.
                ret if ret.is_logged_out() && attempt.doubts < LOGGED_OUT_DOUBTS => {
                    attempt.doubts += 1;
                    entry.state = State::Waiting;
                    return cx.raise(Signal::LoggedOutAside(ret));
                }
                // The ticket may be stale: the check opens the session anew.
                Ret::TICKET_ERROR if attempt.doubts < TICKET_DOUBTS && !is_once => {
                    attempt.doubts += 1;
                    entry.state = State::Waiting;
                    return cx.raise(Signal::Doubtful);
                }
                Ret::TOO_OFTEN => {
                    let class = entry.job.class();
                    entry.state = State::Waiting;
                    let error = error.clone();
                    if is_once {
                        // Nobody knows whether it would still be wanted by then.
                        let rejected = entry.rejected(error.clone());
                        self.fail(cx, id, rejected);
                    }
                    return self.slow_down(cx, class, &error);
                }
                _ => INTERNAL_TRIES,
            },
            // What did not leave waits for the network, for a while.
            _ if setback == Setback::NotSent => {
                let since = attempt.since.unwrap_or(entry.submitted);
                match cx.now.mono.since(since) < UNSENT_PATIENCE {
                    true => Tries::Unlimited,
                    false => Tries::AtMost(TRIES),
                }
            }
            _ if setback == Setback::Garbled => Tries::AtMost(2),
            _ if is_once => Tries::AtMost(0),
            _ if attempt.unanswered < TRIES => Tries::Unlimited,
            _ => Tries::AtMost(0),
        };
        let attempts = cx.retries.failed(purpose) + 1;
        if setback != Setback::Refused && cx.again(purpose, &failure, tries) {
            entry.state = State::Resting(endpoint);
            return;
        }
        cx.retries.forget(purpose);
        let maybe_sent = entry.may_have_acted();
        let error = match failure {
            Failure::Transport { kind: last, .. } => CommandError::Transport {
                attempts,
                last,
                maybe_sent,
            },
            Failure::Protocol { error, .. } => entry.garbled(error),
            Failure::Refused(error) => entry.rejected(error),
        };
        self.fail(cx, id, error);
    }

    /// "Too often" stops a class. What would have to wait for too long fails.
    fn slow_down(&mut self, cx: &mut Cx, class: PaceClass, error: &ApiError) {
        let pause = self.pacer.slow_down(class, cx.now.mono, error);
        let stopped = |entry: &&mut Entry| entry.job.class() == class;
        for entry in self.queue.values_mut().filter(stopped) {
            entry.attempt.has_token = false;
        }
        self.fail_late(cx);
        let Some(pause) = pause else {
            return;
        };
        cx.arm(Alarm::Pace(class), pause);
        let waits = |entry: &&Entry| entry.job.class() == class;
        cx.emit(EventKind::Paced(Paced {
            class,
            ret: error.ret,
            pause,
            waiting: self.queue.values().filter(waits).count(),
        }));
    }

    /// The service says so where people talk, so it is about what is said there.
    pub(crate) fn heard_too_often(&mut self, cx: &mut Cx, text: String) {
        let error = ApiError {
            endpoint: Endpoint::SendMsg,
            ret: Ret::TOO_OFTEN,
            text,
        };
        for class in [PaceClass::Text, PaceClass::Media] {
            self.slow_down(cx, class, &error);
        }
    }

    /// While a class is stopped: what would have to wait for too long fails now.
    fn fail_late(&mut self, cx: &mut Cx) {
        let (now, wait) = (cx.now.mono, cx.config.pace.wait);
        let pacer = &self.pacer;
        let late = |(id, entry): (&CommandId, &Entry)| {
            let (error, until) = pacer.refusal(entry.job.class(), now)?;
            let is_late = entry.state == State::Waiting && until.since(entry.submitted) > wait;
            is_late.then(|| (*id, entry.rejected(error.clone())))
        };
        let late: Vec<_> = self.queue.iter().filter_map(late).collect();
        for (id, error) in late {
            self.fail(cx, id, error);
        }
    }

    /// The pause before a repetition is over: it waits where it stood for a place on the wire.
    pub(crate) fn repeat(&mut self, id: CommandId) {
        if let Some(entry) = self.queue.get_mut(&id) {
            entry.state = State::Waiting;
        }
    }

    /// Whether the service shows us a message that this client sent. Its echo may overtake the
    /// reply to the send.
    pub(crate) fn is_ours(&mut self, message: &Message) -> bool {
        let out = self.queue.values();
        let mut out = out.filter(|entry| entry.attempt.unanswered > 0);
        out.any(|entry| echoes::is_echo(&entry.job, message)) || self.echoes.knows(message)
    }
}
