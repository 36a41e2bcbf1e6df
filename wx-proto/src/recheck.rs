//! Whether a session that looks lost is lost: one `webwxinit` tells.

use std::time::Duration;

use crate::{
    bootstrap::adopt,
    cx::{Cx, Failure, Purpose, Signal, accepted, read},
    driver::Reply,
    endpoint::{Endpoint, webwxinit},
    event::EndCause,
    phase::Phase,
    ret::Ret,
    retry::Tries,
    time::Stamp,
    transport::TransportErrorKind,
};

pub(crate) struct Recheck {
    /// The code that raised the doubt, if it was one.
    code: Option<Ret>,
    /// Checks in a row that said "alive" without the session showing any life since.
    in_a_row: u32,
    online: Stamp,
}

/// The same code again after so many positive checks is believed.
const BELIEVE: u32 = 2;

/// A session that ends so soon after the login was ended by the service, not by a person.
const SOON: Duration = Duration::from_secs(30);

impl Recheck {
    pub(crate) fn new() -> Self {
        Self {
            code: None,
            in_a_row: 0,
            online: Stamp::ZERO,
        }
    }

    pub(crate) fn online(&mut self, cx: &Cx) {
        self.online = cx.now.mono;
    }

    /// The session showed that it lives.
    pub(crate) fn reassure(&mut self) {
        self.in_a_row = 0;
    }

    pub(crate) fn start(&mut self, cx: &mut Cx, code: Option<Ret>) {
        self.code = code;
        if let Some(code) = code.filter(|_| self.in_a_row >= BELIEVE) {
            cx.raise(Signal::Over(self.cause(cx, code)));
            return;
        }
        cx.phase.enter(Phase::Suspect);
        self.issue(cx);
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx) {
        cx.send(Purpose::Recheck, |c, s| {
            webwxinit::request(c, &s.credentials)
        });
    }

    pub(crate) fn handle(&mut self, cx: &mut Cx, reply: Result<Reply, TransportErrorKind>) {
        let reply = read(Endpoint::Init, reply, webwxinit::parse)
            .and_then(|reply| accepted(Endpoint::Init, &reply.base).map(|()| reply));
        match reply {
            Ok(reply) if reply.user.user_name == cx.session.my_name() => {
                cx.retries.forget(Purpose::Recheck);
                self.in_a_row += 1;
                adopt(cx, &reply);
                cx.phase.enter(Phase::Online);
                cx.raise(Signal::Alive(reply.sync_key));
            }
            // Other names: somebody logged in anew, and every id handed out so far is void.
            Ok(_) => cx.raise(Signal::Over(EndCause::Replaced)),
            Err(failure) => self.failed(cx, &failure),
        }
    }

    fn failed(&mut self, cx: &mut Cx, failure: &Failure) {
        let tries = match failure {
            Failure::Refused(error) if error.ret.is_logged_out() => Tries::AtMost(0),
            Failure::Refused(_) => Tries::AtMost(3),
            // No answer is no "no". The watchdog knows when to stop.
            _ => Tries::Unlimited,
        };
        if !cx.again(Purpose::Recheck, failure, tries) {
            let code = self.code.or(failure.ret()).unwrap_or(Ret::SESSION_UNKNOWN);
            cx.raise(Signal::Over(self.cause(cx, code)));
        }
    }

    /// What the three codes mean, as far as they can be told apart.
    fn cause(&self, cx: &Cx, code: Ret) -> EndCause {
        match code {
            Ret::COOKIE_INVALID if cx.now.mono.since(self.online) < SOON => EndCause::RiskControl,
            Ret::COOKIE_INVALID => EndCause::CookieInvalid,
            Ret::SESSION_INVALID => EndCause::Replaced,
            _ => EndCause::LoggedOutOnPhone,
        }
    }
}
