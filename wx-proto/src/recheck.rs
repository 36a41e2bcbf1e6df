//! Whether a session that looks lost is lost: one `webwxinit` tells.

use std::time::Duration;

use crate::{
    bootstrap::{REFUSED, adopt},
    cx::{Cx, Failure, Purpose, Signal, read_accepted},
    endpoint::{Endpoint, webwxinit},
    error::{ProtocolError, ProtocolErrorKind},
    event::EndCause,
    output::Reply,
    phase::Phase,
    ret::Ret,
    retry::Tries,
    time::Stamp,
    transport::TransportError,
};

pub(crate) struct Recheck {
    /// The code that raised the doubt, if it was one.
    code: Option<Ret>,
    /// Times in a row that the loop was told that the session is gone, with no poll in between that
    /// said otherwise.
    told: u32,
    /// Times in a row that the check was refused with a code that says nothing about the session.
    refused: u32,
    /// When a login that this client saw went online.
    logged_in: Option<Stamp>,
}

/// Told so more often, with positive checks in between, the loop is believed.
const BELIEVE: u32 = 2;

/// A session that ends so soon after the login was ended by the service, not by a person.
const SOON: Duration = Duration::from_secs(30);

/// "Too often" passes.
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);

impl Recheck {
    pub(crate) fn new() -> Self {
        Self {
            code: None,
            told: 0,
            refused: 0,
            logged_in: None,
        }
    }

    pub(crate) fn logged_in(&mut self, cx: &Cx) {
        self.logged_in = Some(cx.now.mono);
    }

    /// The session showed that it lives.
    pub(crate) fn reassure(&mut self) {
        self.told = 0;
    }

    /// The loop was told that the session is gone.
    pub(crate) fn count(&mut self) {
        self.told += 1;
    }

    pub(crate) fn start(&mut self, cx: &mut Cx, code: Option<Ret>) {
        self.code = code;
        self.refused = 0;
        if let Some(code) = code.filter(|_| self.told > BELIEVE) {
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

    pub(crate) fn handle(&mut self, cx: &mut Cx, reply: Result<Reply, TransportError>) {
        match read_accepted(Endpoint::Init, reply, webwxinit::parse, |it| &it.base) {
            Ok(reply) if reply.user.user_name == cx.session.my_name() => {
                cx.retries.forget(Purpose::Recheck);
                adopt(cx, &reply);
                cx.phase.enter(Phase::Online);
                cx.raise(Signal::Alive(reply.sync_key));
            }
            Ok(reply) if reply.user.user_name.is_empty() => {
                let kind = ProtocolErrorKind::Missing("User.UserName");
                let error = ProtocolError::bare(Endpoint::Init, kind);
                self.failed(
                    cx,
                    Failure::Protocol {
                        error,
                        retry_after: None,
                    },
                );
            }
            // Other names: somebody logged in anew, and every id handed out so far is void.
            Ok(_) => cx.raise(Signal::Over(EndCause::Replaced)),
            Err(failure) => self.failed(cx, failure),
        }
    }

    /// Only a logged-out code says that the session is gone. Anything else says nothing about it,
    /// and the watchdog knows when to stop.
    fn failed(&mut self, cx: &mut Cx, failure: Failure) {
        let refused = self.refused + 1;
        self.refused = 0;
        match failure.ret() {
            Some(ret) if ret.is_logged_out() => {
                let code = self.code.unwrap_or(ret);
                cx.raise(Signal::Over(self.cause(cx, code)));
            }
            Some(Ret::TOO_OFTEN) => {
                cx.retry_in(Purpose::Recheck, TOO_OFTEN_PAUSE);
                cx.trouble(Endpoint::Init, 1, TOO_OFTEN_PAUSE, &failure);
            }
            Some(ret) if ret != Ret::SYSTEM_ERROR => {
                if refused >= REFUSED {
                    cx.raise(Signal::Over(failure.into_end()));
                    return;
                }
                self.refused = refused;
                cx.again(Purpose::Recheck, &failure, Tries::Unlimited);
            }
            _ => {
                cx.again(Purpose::Recheck, &failure, Tries::Unlimited);
            }
        }
    }

    /// What the three codes mean, as far as they can be told apart.
    fn cause(&self, cx: &Cx, code: Ret) -> EndCause {
        let is_soon = |login| cx.now.mono.since(login) < SOON;
        match code {
            Ret::COOKIE_INVALID if self.logged_in.is_some_and(is_soon) => EndCause::RiskControl,
            Ret::COOKIE_INVALID => EndCause::CookieInvalid,
            Ret::SESSION_INVALID => EndCause::Replaced,
            _ => EndCause::LoggedOutOnPhone,
        }
    }
}
