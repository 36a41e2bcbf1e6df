//! From credentials to online: `webwxinit`, the status notification, and a short wait for the
//! address book, so that the first messages have names.

use std::time::Duration;

use crate::{
    cx::{Alarm, Cx, Failure, Purpose, Signal, read_accepted},
    endpoint::{
        Endpoint,
        contact::{TEXT, is_user_name},
        webwxinit,
        webwxstatusnotify::{self, Notice},
    },
    error::{ProtocolError, ProtocolErrorKind},
    event::EndCause,
    id::{ChatId, LoginId},
    output::Reply,
    phase::Phase,
    profile::Profile,
    ret::Ret,
    retry::{Setback, Tries},
    time::Stamp,
    transport::TransportError,
    wire::{html::clean, utf8::cut},
};

pub(crate) struct Bootstrap {
    /// Resumed from a snapshot: what the service refuses leads to a fresh login, not to the end.
    resumed: bool,
    /// When the opening began.
    since: Stamp,
    /// The id of the status notification.
    notice: Option<u64>,
    /// Times the service said "too often" to `webwxinit`.
    refused_pace: u32,
    /// Times in a row that a resumed session was refused with a code that says nothing about it.
    refused: u32,
}

/// Refused so often, with nothing else in between, `webwxinit` will not be answered any other way.
pub(crate) const REFUSED: u32 = 3;

/// `webwxinit` is cheap and decides everything: one more try than the page makes.
const INIT_TRIES: Tries = Tries::AtMost(3);

/// A network may be away for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The notification is a courtesy to the phone.
const NOTIFY_TRIES: Tries = Tries::AtMost(2);

/// "Too often" passes; the page would log out, but a short wait costs nothing.
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);

impl Bootstrap {
    pub(crate) fn new(resumed: bool) -> Self {
        Self {
            resumed,
            since: Stamp::ZERO,
            notice: None,
            refused_pace: 0,
            refused: 0,
        }
    }

    /// Whether the session is older than this client.
    pub(crate) fn is_resumed(&self) -> bool {
        self.resumed
    }

    pub(crate) fn start(&mut self, cx: &mut Cx) {
        cx.phase.enter(Phase::Bootstrap);
        self.since = cx.now.mono;
        self.issue(cx, Purpose::Init);
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx, purpose: Purpose) {
        match purpose {
            Purpose::Init => {
                cx.send(purpose, |c, s| webwxinit::request(c, &s.credentials));
            }
            Purpose::StatusNotify => {
                // A second try carries the id of the first.
                let id = *self.notice.get_or_insert(cx.now.unix_ms());
                cx.send(purpose, |c, s| {
                    webwxstatusnotify::request(c, &s.credentials, s.my_name(), Notice::Inited, id)
                });
            }
            _ => {}
        }
    }

    pub(crate) fn handle(
        &mut self,
        cx: &mut Cx,
        purpose: Purpose,
        reply: Result<Reply, TransportError>,
    ) {
        match purpose {
            Purpose::Init => {
                let parse = webwxinit::parse;
                match read_accepted(Endpoint::Init, reply, parse, |it| &it.base) {
                    Ok(reply) => self.opened(cx, reply),
                    Err(failure) => self.init_failed(cx, failure),
                }
            }
            Purpose::StatusNotify => {
                let parse = webwxstatusnotify::parse;
                match read_accepted(Endpoint::StatusNotify, reply, parse, |it| &it.base) {
                    Ok(_) => cx.retries.forget(purpose),
                    Err(failure) => match failure.ret() {
                        Some(ret) if ret.is_logged_out() => cx.raise(Signal::LoggedOutAside(ret)),
                        _ => {
                            cx.again(purpose, &failure, NOTIFY_TRIES);
                        }
                    },
                }
            }
            _ => {}
        }
    }

    fn opened(&mut self, cx: &mut Cx, reply: webwxinit::Reply) {
        let missing = if !is_user_name(&reply.user.user_name) {
            Some("User.UserName")
        } else if reply.sync_key.is_none() {
            Some("SyncKey")
        } else {
            None
        };
        if let Some(missing) = missing {
            let kind = ProtocolErrorKind::Missing(missing);
            let error = ProtocolError::bare(Endpoint::Init, kind);
            self.init_failed(
                cx,
                Failure::Protocol {
                    error,
                    retry_after: None,
                },
            );
            return;
        }
        cx.retries.forget(Purpose::Init);
        let same_login = self.resumed && cx.session.my_name() == reply.user.user_name;
        if !same_login {
            // Other names: the keys of a snapshot belong to a login that is gone.
            cx.session.sync_check_key = None;
            cx.session.adopt_keys(reply.sync_key.clone(), None);
        }
        adopt(cx, &reply);
        cx.raise(Signal::Opened {
            reply: Box::new(reply),
            same_login,
        });
        // The page for the file helper alone is not known to announce itself.
        if !cx.session.family.is_file_helper() {
            self.issue(cx, Purpose::StatusNotify);
        }
        cx.arm(Alarm::RosterWait, cx.config.limits.roster_wait);
    }

    fn init_failed(&mut self, cx: &mut Cx, failure: Failure) {
        let is_too_often = failure.ret() == Some(Ret::TOO_OFTEN);
        // That says nothing about a session which was open before: it is worth more patience.
        let is_patient = match self.resumed {
            true => cx.now.mono.since(self.since) < cx.config.limits.unreachable,
            false => self.refused_pace < 3,
        };
        if is_too_often && is_patient {
            self.refused_pace += 1;
            cx.retry_in(Purpose::Init, TOO_OFTEN_PAUSE);
            cx.trouble(Endpoint::Init, self.refused_pace, TOO_OFTEN_PAUSE, &failure);
            return;
        }
        // Only the service knows whether a snapshot is still good, and a no that stays one is an
        // answer, too.
        let is_no = !is_too_often && failure.ret().is_some_and(|ret| ret != Ret::SYSTEM_ERROR);
        self.refused = if is_no { self.refused + 1 } else { 0 };
        if self.resumed && is_no {
            let is_gone = failure.ret().is_some_and(Ret::is_logged_out);
            if is_gone || self.refused >= REFUSED {
                self.resumed = false;
                self.refused_pace = 0;
                cx.retries.forget(Purpose::Init);
                cx.raise(Signal::SnapshotRefused);
            } else {
                cx.again(Purpose::Init, &failure, Tries::Unlimited);
            }
            return;
        }
        // A scan is behind us: a network that is away for a moment must not cost another one.
        let tries = match failure.setback() {
            Setback::NotSent | Setback::Lost if cx.now.mono.since(self.since) < PATIENCE => {
                Tries::Unlimited
            }
            _ => INIT_TRIES,
        };
        if is_too_often && self.resumed {
            cx.raise(Signal::Over(failure.into_end()));
        } else if !cx.again(Purpose::Init, &failure, tries) {
            cx.raise(Signal::Over(match failure.ret() {
                // Out again before it was ever in: that is not somebody at the phone.
                Some(ret) if ret.is_logged_out() || ret == Ret::TOO_OFTEN => EndCause::RiskControl,
                _ => failure.into_end(),
            }));
        }
    }
}

/// The own name as it is kept: all that the account says carries it, so its length must not be for
/// the service to choose.
pub(crate) fn own_name(raw: &str) -> String {
    let mut name = clean(raw).into_owned();
    cut(&mut name, TEXT);
    name
}

/// What any successful `webwxinit` renews: the skey, never by an empty one, and the own profile.
pub(crate) fn adopt(cx: &mut Cx, reply: &webwxinit::Reply) {
    if let Some(skey) = reply.skey.clone() {
        cx.session.credentials.skey = skey;
    }
    let uin = match reply.user.uin {
        uin if uin.expose() != 0 => uin,
        _ => cx.session.credentials.uin,
    };
    cx.session.credentials.uin = uin;
    let name = &reply.user.user_name;
    cx.session.invite_from = usize::try_from(reply.invite_start_count)
        .ok()
        .filter(|from| *from > 0);
    cx.session.me = Some(Profile {
        id: ChatId::new(LoginId::of(name), name.clone()),
        nick_name: own_name(&reply.user.nick_name),
        uin,
    });
}
