//! From nothing to credentials: a push to the phone or a QR code, the poll that waits for the phone,
//! login page.

use std::time::Duration;

use crate::{
    cx::{Alarm, Cx, Failure, Purpose, Signal, read},
    endpoint::{
        Credentials, Endpoint, Uin, jslogin, login,
        webwxnewloginpage::{self, Form},
        webwxpushloginurl,
    },
    error::{ApiError, ProtocolError, ProtocolErrorKind},
    event::{EndCause, EventKind, Qr, Scanned},
    hosts::Redirect,
    output::Reply,
    phase::Phase,
    ret::Ret,
    retry::Tries,
    secret::Secret,
    time::Stamp,
    transport::{TransportError, TransportErrorKind},
};

pub(crate) struct Login {
    state: State,
    /// QR codes shown so far.
    rounds: u32,
    /// When the latest of them was shown.
    shown: Option<Stamp>,
}

enum State {
    Idle,
    /// The service is asked to ask the phone.
    Push,
    /// A uuid for a QR code is asked for.
    Uuid,
    Polling(Poll),
    Page(Page),
}

struct Poll {
    uuid: String,
    /// The first poll of a uuid says so.
    first: bool,
    sent: Stamp,
}

struct Page {
    redirect: Redirect,
    form: Form,
}

/// The service forgets a uuid after about five minutes, that of a QR code and that of a push alike.
const QR_LIFE: Duration = Duration::from_secs(300);

/// Replies that come sooner than this did not wait for anything: the next poll is held back, so
/// that a service that does not hold is not flooded.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Nobody scans a code in less. A service that spends each one at once is not asked for more
/// without a pause.
const BETWEEN_CODES: Duration = Duration::from_secs(5);

/// What the official page allows before it starts over.
const TRIES: Tries = Tries::AtMost(3);

impl Login {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Idle,
            rounds: 0,
            shown: None,
        }
    }

    /// One tap on the phone costs its user less than a scan. It is asked for once: who did not
    /// answer is not to be pestered.
    pub(crate) fn start(&mut self, cx: &mut Cx) {
        if cx.config.relogin.push && cx.session.can_push(cx.cookie_clock()) {
            cx.phase.enter(Phase::PushWait);
            self.state = State::Push;
            self.issue(cx, Purpose::PushLogin);
        } else {
            self.fresh_code(cx);
        }
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx, purpose: Purpose) {
        let now = cx.now.mono;
        match (purpose, &mut self.state) {
            (Purpose::PushLogin, State::Push) => {
                cx.send(purpose, |c, s| {
                    webwxpushloginurl::request(c, s.credentials.uin)
                });
            }
            (Purpose::JsLogin, State::Uuid) => cx.send(purpose, |c, _| jslogin::request(c)),
            (Purpose::LoginPoll, State::Polling(poll)) => {
                poll.sent = now;
                let (uuid, first) = (&poll.uuid, poll.first);
                cx.send(purpose, |c, _| login::request(c, uuid, first));
            }
            (Purpose::NewLoginPage, State::Page(page)) => {
                let (redirect, form) = (&page.redirect, page.form);
                let headers = cx.config.browser.login_headers.clone();
                cx.send(purpose, |_, _| {
                    let mut draft = webwxnewloginpage::request(redirect, form);
                    draft.headers.extend(headers);
                    draft
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
            Purpose::PushLogin => self.pushed(cx, reply),
            Purpose::JsLogin => self.uuid(cx, read(Endpoint::JsLogin, reply, jslogin::parse)),
            Purpose::LoginPoll => self.polled(cx, reply),
            Purpose::NewLoginPage => self.page(cx, reply),
            _ => {}
        }
    }

    /// The code on the screen, or the question on the phone, is too old.
    pub(crate) fn expire(&mut self, cx: &mut Cx) {
        cx.abort(Purpose::LoginPoll);
        self.fresh_code(cx);
    }

    fn pushed(&mut self, cx: &mut Cx, reply: Result<Reply, TransportError>) {
        let endpoint = Endpoint::PushLoginUrl;
        let uuid = read(endpoint, reply, webwxpushloginurl::parse).and_then(|reply| {
            reply
                .uuid
                .filter(|_| reply.ret.is_ok())
                .ok_or(Failure::Refused(ApiError {
                    endpoint,
                    ret: reply.ret,
                    text: reply.msg,
                }))
        });
        match uuid {
            Ok(uuid) => {
                cx.retries.forget(Purpose::PushLogin);
                cx.emit(EventKind::PushSent);
                self.wait_for_phone(cx, uuid);
            }
            Err(failure) if cx.again(Purpose::PushLogin, &failure, TRIES) => {}
            // That the service did not answer does not mean that a scan is needed.
            Err(failure) if failure.ret().is_none() && !cx.config.relogin.scan => {
                cx.raise(Signal::Over(failure.into_end()));
            }
            Err(failure) => {
                cx.trouble(endpoint, 1, Duration::ZERO, &failure);
                self.fresh_code(cx);
            }
        }
    }

    fn uuid(&mut self, cx: &mut Cx, reply: Result<jslogin::Reply, Failure>) {
        let uuid = reply.and_then(|reply| {
            reply
                .uuid
                .filter(|_| reply.code == 200)
                .ok_or_else(|| Failure::Protocol {
                    error: ProtocolError::bare(
                        Endpoint::JsLogin,
                        ProtocolErrorKind::Missing("uuid"),
                    ),
                    retry_after: None,
                })
        });
        let uuid = match uuid {
            Ok(uuid) => uuid,
            Err(failure) => {
                if !cx.again(Purpose::JsLogin, &failure, TRIES) {
                    cx.raise(Signal::Over(failure.into_end()));
                }
                return;
            }
        };
        cx.retries.forget(Purpose::JsLogin);
        self.rounds += 1;
        self.shown = Some(cx.now.mono);
        cx.emit(EventKind::Qr(Qr {
            content: jslogin::qr_content(&uuid),
            picture: jslogin::qr_picture_url(&cx.config.hosts, &uuid),
            valid_for: QR_LIFE,
            round: self.rounds,
        }));
        self.wait_for_phone(cx, uuid);
    }

    fn wait_for_phone(&mut self, cx: &mut Cx, uuid: String) {
        cx.arm(Alarm::QrExpiry, QR_LIFE);
        self.state = State::Polling(Poll {
            uuid,
            first: true,
            sent: cx.now.mono,
        });
        self.issue(cx, Purpose::LoginPoll);
    }

    fn polled(&mut self, cx: &mut Cx, reply: Result<Reply, TransportError>) {
        let outcome = match reply {
            // A poll that nobody answered says what a 408 says.
            Err(error) if error.kind() == TransportErrorKind::TimedOut => {
                Ok(login::Reply::nothing_new())
            }
            reply => read(Endpoint::Login, reply, login::parse),
        };
        let reply = match outcome {
            Ok(reply) => reply,
            Err(failure) => {
                if !cx.again(Purpose::LoginPoll, &failure, TRIES) {
                    self.fresh_code(cx);
                }
                return;
            }
        };
        cx.retries.forget(Purpose::LoginPoll);
        match reply.code {
            200 => self.confirmed(cx, reply.redirect_uri.as_ref().map(Secret::expose)),
            201 => {
                if cx.phase.enter(Phase::Scanned) {
                    cx.emit(EventKind::Scanned(Scanned {
                        avatar: reply.user_avatar,
                    }));
                }
                self.poll_again(cx);
            }
            202 => {
                cx.emit(EventKind::Declined);
                self.fresh_code(cx);
            }
            408 => self.poll_again(cx),
            // 400, 402 and 500: the code is spent. Whatever else: a new one cannot do harm.
            _ => self.fresh_code(cx),
        }
    }

    fn poll_again(&mut self, cx: &mut Cx) {
        let State::Polling(poll) = &mut self.state else {
            return;
        };
        poll.first = false;
        let held = cx.now.mono.since(poll.sent);
        if held < AT_ONCE {
            cx.arm(Alarm::Spacing(Purpose::LoginPoll), AT_ONCE - held);
        } else {
            self.issue(cx, Purpose::LoginPoll);
        }
    }

    fn fresh_code(&mut self, cx: &mut Cx) {
        cx.timers.cancel(Alarm::QrExpiry);
        cx.timers.cancel(Alarm::Spacing(Purpose::LoginPoll));
        if !cx.config.relogin.scan {
            cx.raise(Signal::Over(EndCause::NeedsScan));
            return;
        }
        if self.rounds >= cx.config.limits.qr_rounds {
            cx.raise(Signal::Over(EndCause::QrGaveUp));
            return;
        }
        cx.phase.enter(Phase::Qr);
        self.state = State::Uuid;
        let due = self.shown.map(|shown| shown + BETWEEN_CODES);
        match due {
            Some(due) if due > cx.now.mono => {
                cx.retry_in(Purpose::JsLogin, due.since(cx.now.mono));
            }
            _ => self.issue(cx, Purpose::JsLogin),
        }
    }

    fn confirmed(&mut self, cx: &mut Cx, uri: Option<&str>) {
        cx.timers.cancel(Alarm::QrExpiry);
        let redirect = match uri {
            None => Err(ProtocolErrorKind::Missing("redirect_uri")),
            Some(uri) => Redirect::check(uri, &cx.config.hosts)
                .and_then(|redirect| redirect.on_the_page_of(cx.session.family))
                .map_err(ProtocolErrorKind::Untrusted),
        };
        let redirect = match redirect {
            Ok(redirect) => redirect,
            Err(kind) => {
                cx.raise(Signal::Over(EndCause::Protocol(ProtocolError::bare(
                    Endpoint::Login,
                    kind,
                ))));
                return;
            }
        };
        cx.phase.enter(Phase::Confirmed);
        cx.emit(EventKind::Confirmed);
        // The account lives where the service sends it, whatever host was asked.
        let family = redirect.family().unwrap_or(cx.session.family);
        let desktop = cx.config.browser.desktop;
        cx.session.begin(family, desktop, cx.cookie_clock());
        self.state = State::Page(Page {
            redirect,
            form: match desktop {
                true => Form::Desktop,
                false => Form::Scripted,
            },
        });
        self.issue(cx, Purpose::NewLoginPage);
    }

    fn page(&mut self, cx: &mut Cx, reply: Result<Reply, TransportError>) {
        let reply = reply.map(|mut reply| {
            // The same page comes as 200 or as a redirect, which is never followed.
            if reply.status.is_redirection() {
                reply.status = http::StatusCode::OK;
            }
            reply
        });
        let page = match read(Endpoint::NewLoginPage, reply, webwxnewloginpage::parse) {
            Ok(page) => page,
            Err(failure) => {
                let State::Page(page) = &mut self.state else {
                    return;
                };
                if matches!(failure, Failure::Protocol { .. }) {
                    page.form = Form::Verbatim;
                }
                if !cx.again(Purpose::NewLoginPage, &failure, TRIES) {
                    cx.raise(Signal::Over(failure.into_end()));
                }
                return;
            }
        };
        if page.ret != Ret::OK {
            cx.raise(Signal::Over(EndCause::Refused(ApiError {
                endpoint: Endpoint::NewLoginPage,
                ret: page.ret,
                text: page.message,
            })));
            return;
        }
        match credentials(cx, page) {
            Ok(credentials) => {
                self.state = State::Idle;
                cx.session.credentials = credentials;
                cx.raise(Signal::Authorized);
            }
            Err(missing) => {
                cx.raise(Signal::Over(EndCause::Protocol(ProtocolError::bare(
                    Endpoint::NewLoginPage,
                    ProtocolErrorKind::Missing(missing),
                ))));
            }
        }
    }
}

/// The page first; sid and uin also come as cookies. Without a pass ticket a session still works.
fn credentials(cx: &Cx, page: webwxnewloginpage::Reply) -> Result<Credentials, &'static str> {
    let main = cx.session.family.main;
    let cookie = |name: &str| {
        cx.session
            .cookies
            .value(main, name, cx.cookie_clock())
            .cloned()
    };
    let uin_cookie = || {
        cookie("wxuin")
            .and_then(|uin| uin.expose().parse().ok())
            .and_then(Uin::of)
    };
    Ok(Credentials {
        uin: page.wxuin.or_else(uin_cookie).ok_or("wxuin")?,
        sid: page.wxsid.or_else(|| cookie("wxsid")).ok_or("wxsid")?,
        skey: page.skey.ok_or("skey")?,
        pass_ticket: page.pass_ticket.unwrap_or_default(),
    })
}
