//! What waits to be sent, in order per chat, and at a pace that the service bears.

mod bucket;

use bucket::Bucket;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use crate::{
    command::{Answer, CommandError, Misuse, Receipt, SendText},
    cx::{Alarm, Cx, Failure, Purpose, Signal, accepted, read},
    endpoint::{
        Endpoint,
        envelope::Envelope,
        webwxsendmsg::{self, Said},
    },
    error::ApiError,
    event::{Ended, EventKind, Message, Paced},
    id::{ClientMsgId, CommandId, MsgId},
    output::Reply,
    phase::Phase,
    ret::Ret,
    retry::{Setback, Tries},
    time::Stamp,
    transport::TransportErrorKind,
};

pub(crate) struct Outbox {
    last: u64,
    /// In order of submission.
    queue: BTreeMap<CommandId, Parcel>,
    bucket: Bucket,
    /// How often the service said "too often" since something went through.
    too_often: u32,
    /// How it said so last.
    refusal: Option<ApiError>,
    /// What this client sent lately, to know it again when the service echoes it.
    sent: VecDeque<Sent>,
}

/// A command that has not completed.
struct Parcel {
    send: SendText,
    id: ClientMsgId,
    submitted: Stamp,
    /// Requests that the service may have acted upon without our knowing.
    unanswered: u32,
    /// Times that its refusal put the session in doubt, and the session was alive.
    doubts: u32,
    state: State,
}

enum Sent {
    Id(MsgId),
    /// The service named no id.
    Said(SendText),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// On its way, or waiting to be asked again.
    Out,
}

/// The official page repeats a send twice.
const TRIES: u32 = 3;

/// What never left the machine is kept for so long.
const UNSENT_PATIENCE: Duration = Duration::from_secs(60);

const LOGGED_OUT_DOUBTS: u32 = 2;
const TICKET_DOUBTS: u32 = 1;

/// The service names a failure of its own: 1, 3, 9 s, then it is over.
const INTERNAL_TRIES: Tries = Tries::AtMost(4);

/// The first pause after "too often"; it doubles up to half an hour.
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);

/// Echoes of our own messages come soon or never.
const SENT: usize = 256;

impl Outbox {
    pub(crate) fn new(cx: &Cx) -> Self {
        Self {
            last: 0,
            queue: BTreeMap::new(),
            bucket: Bucket::new(cx.config.pace),
            too_often: 0,
            refusal: None,
            sent: VecDeque::new(),
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

    /// Takes a command in. What cannot be sent as it is fails at once.
    pub(crate) fn submit(&mut self, cx: &mut Cx, id: CommandId, send: SendText) {
        let refusal = if send.chat.user_name().is_empty() {
            Some(CommandError::Misuse(Misuse::NoChat))
        } else if send.chat.login() != cx.session.login() {
            Some(CommandError::Misuse(Misuse::ForeignChat))
        } else if send.text.is_empty() {
            Some(CommandError::Misuse(Misuse::EmptyText))
        } else if self.queue.len() >= cx.config.limits.outbox {
            Some(CommandError::OutboxFull)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            cx.complete(id, Err(refusal));
            return;
        }
        let digits = cx.client_msg_id_digits(id.ordinal());
        let client_msg_id = cx.session.next_client_msg_id(cx.now.unix_ms(), digits);
        let submitted = cx.now.mono;
        let parcel = Parcel {
            send,
            id: client_msg_id,
            submitted,
            unanswered: 0,
            doubts: 0,
            state: State::Waiting,
        };
        self.queue.insert(id, parcel);
    }

    pub(crate) fn cancel(&mut self, cx: &mut Cx, id: CommandId) {
        let Some(parcel) = self.queue.remove(&id) else {
            return;
        };
        cx.abort(Purpose::Send(id));
        let maybe_sent = parcel.unanswered > 0;
        cx.complete(id, Err(CommandError::Cancelled { maybe_sent }));
    }

    /// Every command gets its end, also when the session has one.
    pub(crate) fn close(&mut self, cx: &mut Cx, ended: &Ended) {
        for id in std::mem::take(&mut self.queue).into_keys() {
            cx.abort(Purpose::Send(id));
            cx.complete(id, Err(CommandError::Closed(ended.clone())));
        }
        cx.timers.cancel(Alarm::Pace);
    }

    /// Sends whatever may go now: the oldest first, one per chat at a time.
    pub(crate) fn pump(&mut self, cx: &mut Cx) {
        self.fail_late(cx);
        let mut busy: BTreeSet<String> = self
            .queue
            .values()
            .filter(|parcel| parcel.state == State::Out)
            .map(|parcel| parcel.send.chat.user_name().to_owned())
            .collect();
        let limit = cx.config.limits.in_flight.max(1);
        let is_out = |parcel: &&Parcel| parcel.state == State::Out;
        let mut out = self.queue.values().filter(is_out).count();
        let mut due = Vec::new();
        for (id, parcel) in &mut self.queue {
            if out >= limit {
                break;
            }
            let chat = parcel.send.chat.user_name();
            if parcel.state == State::Out || busy.contains(chat) {
                continue;
            }
            if let Err(wait) = self.bucket.take(cx.now.mono) {
                cx.arm(Alarm::Pace, wait);
                break;
            }
            busy.insert(chat.to_owned());
            parcel.state = State::Out;
            out += 1;
            due.push(*id);
        }
        for id in due {
            self.issue(cx, id);
        }
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx, id: CommandId) {
        let Some(parcel) = self.queue.get_mut(&id) else {
            return;
        };
        parcel.unanswered += 1;
        let (send, client_msg_id) = (&parcel.send, parcel.id);
        cx.send(Purpose::Send(id), |c, s| {
            let envelope = Envelope {
                from: s.my_name(),
                to: send.chat.user_name(),
                id: client_msg_id,
            };
            let said = Said::Text {
                content: &send.text,
                mention: &[],
            };
            webwxsendmsg::request(c, &s.credentials, envelope, said)
        });
    }

    pub(crate) fn handle(
        &mut self,
        cx: &mut Cx,
        id: CommandId,
        reply: Result<Reply, TransportErrorKind>,
    ) {
        let reply = read(Endpoint::SendMsg, reply, webwxsendmsg::parse)
            .and_then(|reply| accepted(Endpoint::SendMsg, &reply.base).map(|()| reply));
        match reply {
            Ok(reply) => {
                cx.retries.forget(Purpose::Send(id));
                self.too_often = 0;
                let Some(parcel) = self.queue.remove(&id) else {
                    return;
                };
                let msg_id = reply.msg_id;
                if self.sent.len() >= SENT {
                    self.sent.pop_front();
                }
                self.sent.push_back(match msg_id.clone() {
                    Some(msg_id) => Sent::Id(msg_id),
                    None => Sent::Said(parcel.send),
                });
                let receipt = Receipt {
                    msg_id,
                    client_msg_id: parcel.id,
                };
                cx.complete(id, Ok(Answer::Sent(receipt)));
            }
            Err(failure) => self.failed(cx, id, failure),
        }
    }

    fn failed(&mut self, cx: &mut Cx, id: CommandId, failure: Failure) {
        let Some(parcel) = self.queue.get_mut(&id) else {
            return;
        };
        let setback = failure.setback();
        if matches!(setback, Setback::NotSent | Setback::Refused) {
            parcel.unanswered = parcel.unanswered.saturating_sub(1);
        }
        let tries = match &failure {
            Failure::Refused(error) => match error.ret {
                // The check of the session decides; until then this waits where it stood. An
                // endpoint that says so all alone, again and again, is not believed.
                ret if ret.is_logged_out() && parcel.doubts < LOGGED_OUT_DOUBTS => {
                    parcel.doubts += 1;
                    parcel.state = State::Waiting;
                    return cx.raise(Signal::LoggedOutAside(ret));
                }
                // The ticket may be stale: the check opens the session anew.
                Ret::TICKET_ERROR if parcel.doubts < TICKET_DOUBTS => {
                    parcel.doubts += 1;
                    parcel.state = State::Waiting;
                    return cx.raise(Signal::Doubtful);
                }
                Ret::TOO_OFTEN => {
                    parcel.state = State::Waiting;
                    return self.slow_down(cx, error);
                }
                _ => INTERNAL_TRIES,
            },
            // What did not leave waits for the network, for a while.
            _ if setback == Setback::NotSent => {
                match cx.now.mono.since(parcel.submitted) < UNSENT_PATIENCE {
                    true => Tries::Unlimited,
                    false => Tries::AtMost(TRIES),
                }
            }
            _ if parcel.unanswered < TRIES => Tries::Unlimited,
            _ => Tries::AtMost(0),
        };
        let may_repeat = !matches!(setback, Setback::Refused | Setback::Garbled);
        let attempts = cx.retries.failed(Purpose::Send(id)) + 1;
        if may_repeat && cx.again(Purpose::Send(id), &failure, tries) {
            return;
        }
        cx.retries.forget(Purpose::Send(id));
        let maybe_sent = parcel.unanswered > 0;
        self.queue.remove(&id);
        let error = match failure {
            Failure::Transport(last) => CommandError::Transport {
                attempts,
                last,
                maybe_sent,
            },
            Failure::Protocol { error, .. } => CommandError::Protocol(error),
            Failure::Refused(error) => CommandError::Rejected(error),
        };
        cx.complete(id, Err(error));
    }

    /// "Too often" stops this class of sends. What would have to wait for too long fails.
    fn slow_down(&mut self, cx: &mut Cx, error: &ApiError) {
        if self.bucket.is_closed(cx.now.mono) {
            // Said of several that were on their way together: it is said once.
            return self.fail_late(cx);
        }
        let pause = (TOO_OFTEN_PAUSE * (1 << self.too_often.min(5))).min(LONGEST_PAUSE);
        self.too_often += 1;
        let until = cx.now.mono + pause;
        self.bucket.pause(until);
        cx.arm(Alarm::Pace, pause);
        self.refusal = Some(error.clone());
        self.fail_late(cx);
        cx.emit(EventKind::Paced(Paced {
            ret: error.ret,
            pause,
            waiting: self.queue.len(),
        }));
    }

    /// While the class is stopped: what would have to wait for too long fails now.
    fn fail_late(&mut self, cx: &mut Cx) {
        let Some(error) = self
            .refusal
            .clone()
            .filter(|_| self.bucket.is_closed(cx.now.mono))
        else {
            return;
        };
        let (until, wait) = (self.bucket.closed_until(), cx.config.pace.wait);
        let is_late = |parcel: &Parcel| {
            parcel.state == State::Waiting && until.since(parcel.submitted) > wait
        };
        let late = self.queue.iter().filter(|(_, parcel)| is_late(parcel));
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.queue.remove(&id);
            cx.retries.forget(Purpose::Send(id));
            cx.complete(id, Err(CommandError::Rejected(error.clone())));
        }
    }

    /// The pause before a repetition is over. If nothing may be sent now, it waits where it stood.
    pub(crate) fn repeat(&mut self, cx: &mut Cx, id: CommandId) {
        let is_held = cx.phase.current() == Phase::Suspect || self.bucket.is_closed(cx.now.mono);
        match self.queue.get_mut(&id) {
            Some(parcel) if is_held => parcel.state = State::Waiting,
            _ => self.issue(cx, id),
        }
    }

    /// Whether the service shows us a message that this client sent. Its echo may overtake the
    /// reply to the send, so what is on its way counts by chat and text; so does, once, what was
    /// accepted without an id.
    pub(crate) fn is_ours(&mut self, message: &Message) -> bool {
        let says =
            |send: &SendText| send.chat == message.chat && message.text() == Some(&send.text);
        let mut on_their_way = self
            .queue
            .values()
            .filter(|parcel| parcel.state == State::Out);
        if on_their_way.any(|parcel| says(&parcel.send)) {
            return true;
        }
        let known = self.sent.iter().position(|sent| match sent {
            Sent::Id(id) => message.id.as_ref() == Some(id),
            Sent::Said(send) => says(send),
        });
        known.map(|at| self.sent.remove(at)).is_some()
    }
}
