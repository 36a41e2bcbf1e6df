//! Whether a session may end as it is said to have ended. Each end needs something that really was so.

use std::time::Duration;

use wx_proto::{EndCause, ProtocolErrorKind};
use wx_sim::{
    server::LoginStage,
    world::{PeerId, World},
};

use super::Bot;
use crate::{
    report::{Kind, Report},
    witness::{Calls, TRIES, Witness, Word},
};

/// What is looked at now and then is seen so late.
const LATE: Duration = Duration::from_secs(62);

/// A code that lives as long as codes do.
const CODE: Duration = Duration::from_secs(295);

impl Bot {
    /// A session that is said to be over must be, or there must be no going on with it.
    pub(super) fn believe(&self, world: &World, cause: &EndCause, report: &mut Report) {
        if let Some(why_not) = self.doubts(world, cause) {
            // Without what the service said, which may be secret.
            let text = format!("{cause}: {why_not}");
            report.violation(Kind::End, self.index, text);
        }
    }

    fn doubts(&self, world: &World, cause: &EndCause) -> Option<String> {
        let witness = &self.witness;
        let peer = self.peer?;
        let last = world.sent(peer).last();
        let last = last.and_then(|sent| sent.path.rsplit('/').next());
        let calls = witness.calls(last.unwrap_or_default());
        let no = |what: &str| Some(what.to_owned());
        match cause {
            EndCause::LoggedOut if self.leaves != Some(true) => no("nobody asked for that"),
            EndCause::Detached if self.leaves.is_none() => no("nobody asked for that"),
            EndCause::LoggedOut | EndCause::Detached => None,
            EndCause::RiskControl if !witness.was_open() => {
                let said = witness.calls("webwxinit").and_then(|calls| calls.last);
                let is_so = said.is_some_and(|it| it.says_over() || it == Word::Ret(1205));
                (!is_so).then(|| format!("the service said {said:?}"))
            }
            EndCause::LoggedOutOnPhone
            | EndCause::Replaced
            | EndCause::CookieInvalid
            | EndCause::RiskControl => {
                let is_wrong = self.is_known(world) && !witness.was_told_over();
                is_wrong.then(|| "the service knows the session".to_owned())
            }
            EndCause::Unreachable(_) | EndCause::Protocol(_) | EndCause::Refused(_)
                if witness.was_open() =>
            {
                self.breaks_off(world, cause)
            }
            // On the way to a session.
            EndCause::Unreachable(_) => {
                let is_so = calls.is_some_and(Calls::is_tiresome);
                (!is_so).then(|| format!("at {last:?}: {calls:?}"))
            }
            EndCause::Protocol(error) => match error.kind {
                ProtocolErrorKind::Untrusted(_) => {
                    (!witness.astray).then(|| "no login led astray".to_owned())
                }
                _ if calls.is_some_and(Calls::may_break_off) => None,
                _ => Some(format!("at {last:?}: {calls:?}")),
            },
            EndCause::Refused(error) => {
                let said = calls.and_then(|calls| calls.last);
                let is_so = match error.ret.0 {
                    -1 => calls.is_some_and(|calls| calls.failed() >= TRIES),
                    ret => said == Some(Word::Ret(ret.into())),
                };
                (!is_so).then(|| format!("at {last:?} the service said {said:?}"))
            }
            EndCause::QrGaveUp => self.gave_up(world),
            // A code may be shown to everybody here.
            EndCause::NeedsScan => no("a code may be shown"),
            _ => no("no cause is known for that"),
        }
    }

    /// Whether the service holds the session of the client for open.
    fn is_known(&self, world: &World) -> bool {
        let Some(session) = self.session(world) else {
            return false;
        };
        let now = wx_sim::world::EPOCH + world.now();
        let sessions = world.server().sessions();
        let mut of_id = sessions.iter().filter(|it| it.id == session);
        of_id.any(|it| it.over.is_none() && it.cookies_until > now)
    }

    /// An open session is given up after a long silence, or when its check is refused again and again.
    fn breaks_off(&self, world: &World, cause: &EndCause) -> Option<String> {
        let checks = self.witness.calls("webwxinit");
        let is_refused = matches!(cause, EndCause::Refused(_))
            && checks.is_some_and(|calls| calls.refused_in_row >= TRIES);
        // Who sleeps hears nothing, and whoever wakes may ask first.
        let now = world.now();
        let silence = self.witness.silence(now);
        let silence = silence.saturating_sub(self.sleep.since(now.saturating_sub(silence), now));
        let is_early = silence + LATE < self.limits().unreachable
            || self.sleep.awake(now) + LATE < self.limits().watchdog;
        (is_early && !is_refused).then(|| format!("after a silence of {silence:?}"))
    }

    /// Nobody scanned as many codes as may be shown, and each was spent or had its time.
    fn gave_up(&self, world: &World) -> Option<String> {
        // Who did not look does not know which codes there were.
        if self.was_stalled {
            return None;
        }
        let shown = self.codes.len();
        if shown < self.limits().qr_rounds as usize {
            return Some(format!("after {shown} codes"));
        }
        let calls = self.witness.calls("login");
        if calls.is_some_and(|calls| calls.failed() > 0) {
            return None;
        }
        let logins = world.server().logins();
        let is_spent = |uuid: &str| {
            let login = logins.iter().find(|login| login.uuid == uuid);
            login.is_none_or(|login| {
                matches!(login.stage, LoginStage::Cancelled | LoginStage::Expired)
            })
        };
        let ends = self.codes.iter().skip(1).map(|(_, at)| *at);
        let mut codes = self.codes.iter().zip(ends.chain([world.now()]));
        let early = codes.find(|((uuid, at), end)| *at + CODE > *end && !is_spent(uuid));
        early.map(|((_, at), end)| format!("a code was given up after {:?}", end - *at))
    }

    /// Sees what passed between the client and the service.
    pub(crate) fn watch(&mut self, world: &World, peer: PeerId) {
        self.witness.look(world, peer);
        if self.witness.passed_over.is_empty() {
            return;
        }
        if let Some(session) = self.session(world) {
            let times = self.witness.passed_over.drain(..);
            let all = self.ledger.passed_over.entry(session).or_default();
            all.extend(times.map(|at| wx_sim::world::EPOCH + at));
        }
    }

    /// A client is at its end, and the next one has nothing to do with its past.
    pub(crate) fn bury(&mut self, world: &World, report: &mut Report) {
        self.do_again(world.server(), report);
        if let Some(text) = self.witness.haste() {
            report.violation(Kind::Haste, self.index, text);
        }
        report.most(self.witness.most);
        for endpoint in ["webwxcreatechatroom", "webwxverifyuser"] {
            let refused = u64::from(self.witness.refused(endpoint));
            *self.refused.entry(endpoint).or_default() += refused;
        }
        self.witness = Witness::default();
    }
}
