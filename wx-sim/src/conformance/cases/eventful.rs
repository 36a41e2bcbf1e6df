//! A session in which everything happens that could bring a secret into a log.

use bytes::Bytes;
use http::Response;
use wx_proto::{
    AcceptFriend, AddFriend, Attachment, ChatId, CheckLogin, Client, Close, Command,
    ContactRequest, CreateRoom, EventKind, FetchAvatar, FetchContacts, FetchFile, MediaKind,
    Message, Pin, Raw, Recall, RenameRoom, SearchContact, Seed, SendFile, SendImage, SendText,
    SetRemark, Snapshot, Upload,
    driver::{Proxy, TransportConfig},
};

use super::{
    network::{ELSEWHERE, authority, secured, through},
    scene::{PATIENCE, Scene, client, config, eventually, newest, setup, until},
};
use crate::{
    conformance::{Failure, Subject},
    listen::{ConnectProxy, Fault, Listener},
    server::{Act, Blob, Piece, Script, Secret, SecretKind, Setup},
};

const USER: &str = "proxyuser";
const PASSWORD: &str = "b%3An/quet+0'";

/// Drives a session over TLS and through a proxy with a password, in which whatever can fail fails,
/// commands of all kinds succeed and are refused, and which ends, is resumed and ends again. Gives
/// all that a log of it may not hold: what the service knows, and the password.
///
/// It is no case of the suite: what a driver and what it is built from have logged meanwhile is for
/// its tests to look at, with [`Leaks`](crate::leaks::Leaks).
///
/// # Panics
///
/// If the driver does not get through.
pub fn eventful_session<S: Subject>() -> Vec<Secret> {
    let authority = authority();
    let service = secured(
        Setup {
            script: Script::demo(),
            ..setup()
        },
        &authority,
        ELSEWHERE,
    );
    let address = service.address();
    let proxy = ConnectProxy::start_with_password(USER, PASSWORD, move |_| Some(address));
    let proxy = proxy.expect("no free port");
    let mut network = through(&proxy, &authority);
    stay_outside::<S>(&service, &network);
    network.proxy = Proxy::Url(with_password(&proxy.url(), PASSWORD));

    let mut scene = enter::<S>(service, &network);
    converse(&mut scene);
    fail(&mut scene);
    let snapshot = scene.session.inspect(Client::snapshot);
    let snapshot = snapshot
        .flatten()
        .expect("a session that goes on can be saved");
    let mut secrets = scene.service.with(|server| server.confidential());
    end(&mut scene);
    secrets.extend(again::<S>(scene.service, &network, snapshot));
    secrets.push(Secret::new(SecretKind::Transport, PASSWORD));
    secrets.push(Secret::new(SecretKind::Transport, USER));
    secrets
}

fn with_password(proxy: &str, password: &str) -> String {
    let (scheme, place) = proxy.split_once("://").expect("a proxy has a URL");
    let password = password.replace('%', "%25").replace('/', "%2F");
    format!("{scheme}://{USER}:{password}@{place}")
}

/// The proxy wants another password, and then one at all; nobody is trusted.
fn stay_outside<S: Subject>(service: &Listener, network: &TransportConfig) {
    let Proxy::Url(proxy) = &network.proxy else {
        panic!("there is a proxy");
    };
    let mut wrong = network.clone();
    wrong.proxy = Proxy::Url(with_password(proxy, "b%3An/quet+1"));
    let mut foreign = network.clone();
    foreign.proxy = Proxy::Url(with_password(proxy, PASSWORD));
    foreign.extra_roots = authority().pem().as_bytes().to_vec();
    for network in [&wrong, network, &foreign] {
        let (session, mut events) = S::start(client(config(&service.url())), network);
        until::<S, _>(&mut events, "something fails", |kind| {
            matches!(kind, EventKind::Trouble(_)).then_some(())
        });
        let closed = session.close(Close::default(), PATIENCE);
        closed.expect("a session that gets nowhere can be closed");
    }
}

/// A login in which each step fails once.
fn enter<S: Subject>(service: Listener, network: &TransportConfig) -> Scene<S> {
    service.plant("jslogin", 1, Fault::Reset);
    service.plant("login", 1, Fault::Close);
    service.plant("webwxnewloginpage", 1, Fault::ResetInBody(20));
    service.plant("webwxinit", 1, Fault::BadStatusLine);
    service.plant("webwxgetcontact", 1, Fault::ResetInBody(2000));
    service.plant("webwxbatchgetcontact", 1, Fault::LongLength(9));
    let (session, events) = S::start(client(config(&service.url())), network);
    let mut scene = Scene {
        session,
        events,
        service,
    };
    scene.reach_online();
    scene.rest();
    scene
}

/// Says and hears one of each kind.
fn converse<S: Subject>(scene: &mut Scene<S>) {
    until::<S, _>(
        &mut scene.events,
        "the last line of the script",
        |kind| match kind {
            EventKind::Message(message) => message.text()?.contains("quoted").then_some(()),
            _ => None,
        },
    );
    let friend = chat(scene, "Boris");
    let others = ["Emil \"E\" O'Dell", "Gina\u{1f355}\u{1f37a}"].map(|name| chat(scene, name));
    let said = done(
        scene,
        SendText::new(friend.clone(), "a word for Boris \u{1f33b}"),
    );
    done(scene, Recall::of(&said));
    let picture = Attachment::bytes("holiday in Riga.jpg", vec![0xff; 3000]);
    done(scene, SendImage::new(friend.clone(), picture));
    let upload = Upload::source(MediaKind::File, "ledger 2023.ods", 600_000);
    let media = scene
        .session
        .call_reading(upload, vec![7; 600_000], PATIENCE);
    let media = media.expect("a file can be uploaded");
    done(scene, SendFile::new(friend.clone(), &media));
    done(
        scene,
        SetRemark::new(friend.clone(), "Boris from the harbour"),
    );
    done(scene, Pin::new(friend.clone()));
    done(scene, SearchContact::new("Boris from"));
    done(scene, FetchContacts::new(others.to_vec()));
    let room = done(
        scene,
        CreateRoom::new(others.to_vec()).topic("summer in Riga"),
    );
    done(scene, RenameRoom::new(room.chat, "winter in Riga"));
    done(scene, CheckLogin);
    done(
        scene,
        Raw::post("webwxsearchcontact", r#"{"KeyWord":"Boris from the"}"#),
    );
    let _ = scene.session.call(
        AddFriend::new(others[0].clone(), "do you remember me?"),
        PATIENCE,
    );
    let mut sink = vec![0; 200_000];
    let avatar = FetchAvatar::of(friend);
    let fetched = scene.session.call_writing(avatar, &mut sink, PATIENCE).1;
    fetched.expect("a picture can be fetched");
    let request = asked(scene);
    done(scene, AcceptFriend::new(&request));
}

/// Somebody asks to be a friend.
fn asked<S: Subject>(scene: &mut Scene<S>) -> ContactRequest {
    scene.act(Act::FriendRequest {
        plain: "wxid_newcomer1".into(),
        nick: "Newcomer \u{1f43f}".into(),
        words: "we met at the fair".into(),
    });
    until::<S, _>(&mut scene.events, "somebody asks", |kind| match kind {
        EventKind::ContactRequest(request) => Some(request),
        _ => None,
    })
}

/// Everything that can go wrong with a session that is open.
fn fail<S: Subject>(scene: &mut Scene<S>) {
    let helper = |scene: &Scene<S>, text: &str| scene.text(text);
    for fault in [
        Fault::Reset,
        Fault::Close,
        Fault::BadStatusLine,
        Fault::ResetInBody(10),
        Fault::Gzip,
        Fault::Unavailable(std::time::Duration::from_secs(1)),
    ] {
        scene.service.plant_after("webwxsendmsg", 1, fault.clone());
        scene.service.plant("synccheck", 1, fault.clone());
        scene.service.plant("webwxsync", 1, fault);
        scene.hear("between two faults");
        let _ = scene
            .session
            .call(helper(scene, "into the fault"), PATIENCE);
        scene.heard();
    }
    // Bodies that hold all that a reply can hold, and are none.
    let mut known = String::new();
    for secret in scene.service.with(|server| server.confidential()) {
        known.push_str(&secret.text);
        known.push('\n');
    }
    let refusal = serde_json::json!({
        "BaseResponse": { "Ret": -1_234, "ErrMsg": known }, "MsgID": known, "LocalID": known,
    });
    let half = format!("{{\"BaseResponse\":{{\"Ret\":0}},\"{known}");
    // The first so often that what was there is given up.
    for (body, times) in [
        (half, 3),
        (known, 1),
        (refusal.to_string(), 1),
        (String::new(), 1),
    ] {
        let reply = Response::new(Bytes::from(body));
        scene.service.with(|server| {
            server.plant("webwxsync", times, reply.clone());
            server.plant("webwxgetmedia", 1, reply.clone());
            server.plant("webwxoplog", 2, reply.clone());
            server.plant("webwxsendmsg", 2, reply);
        });
        scene.hear("behind some garbage");
        let _ = scene.session.call(helper(scene, "into garbage"), PATIENCE);
        let friend = chat(scene, "Boris");
        let _ = scene
            .session
            .call(SetRemark::new(friend, "Boris no more"), PATIENCE);
        let file = file(scene);
        let mut sink = vec![0; 1000];
        let _ = scene
            .session
            .call_writing(FetchFile::of(&file), &mut sink, PATIENCE);
        scene.service.with(|server| server.unplant());
    }
    // A sink that is too small, and a source that is too short.
    let file = file(scene);
    let (_, full) = scene
        .session
        .call_writing(FetchFile::of(&file), &mut [0; 10], PATIENCE);
    assert!(full.is_err(), "ten bytes are no room for a file");
    let upload = Upload::source(MediaKind::File, "torn ledger.ods", 100);
    let short = scene.session.call_reading(upload, vec![7; 50], PATIENCE);
    assert!(short.is_err(), "fifty bytes are no hundred");
    let _ = scene.session.call(Raw::get("/no/such/path"), PATIENCE);
    let too_often = Response::new(Bytes::from(r#"{"BaseResponse":{"Ret":1205}}"#));
    scene
        .service
        .with(|server| server.plant("webwxsendmsg", 1, too_often));
    scene.session.post(scene.text("a word too many"));
    until::<S, _>(&mut scene.events, "texts are slowed down", |kind| {
        matches!(kind, EventKind::Paced(_)).then_some(())
    });
}

/// A friend sends a file.
fn file<S: Subject>(scene: &mut Scene<S>) -> Message {
    scene.act(Act::Send {
        chat: "Boris".into(),
        from: None,
        piece: Piece::File {
            name: "letter to Boris.txt".into(),
            data: Blob::Made(500),
        },
        veiled: false,
    });
    until::<S, _>(&mut scene.events, "a file comes", |kind| match kind {
        EventKind::Message(message) => {
            matches!(message.body, wx_proto::Body::File(_)).then_some(message)
        }
        _ => None,
    })
}

/// The service throws the session out.
fn end<S: Subject>(scene: &mut Scene<S>) {
    scene.act(Act::Kick { code: 1101 });
    super::scene::end::<S>(&mut scene.events);
    let late = scene.session.call(CheckLogin, PATIENCE);
    assert!(late.is_err(), "the session is over");
}

/// What was saved is refused, and a new login follows, which logs out.
fn again<S: Subject>(
    service: Listener,
    network: &TransportConfig,
    snapshot: Snapshot,
) -> Vec<Secret> {
    let resumed = Client::resume(config(&service.url()), Seed::from([8; 32]), snapshot);
    let (session, events) = S::start(resumed, network);
    let mut scene = Scene {
        session,
        events,
        service,
    };
    scene.reach_online();
    scene.rest();
    scene.say("once more");
    let how = Close {
        logout: true,
        drain: PATIENCE,
    };
    let closed = scene.session.close(how, PATIENCE);
    closed.expect("a session can be closed");
    eventually("the session is over", || {
        scene.service.with(|server| newest(server).over.is_some())
    });
    scene.service.with(|server| server.confidential())
}

/// Somebody, by the name that is shown.
fn chat<S: Subject>(scene: &Scene<S>, name: &'static str) -> ChatId {
    let found = scene.session.inspect(move |client| {
        let mut named = client.roster().named(name);
        named.next().map(|contact| contact.id.clone())
    });
    found
        .flatten()
        .unwrap_or_else(|| panic!("nobody is called {name}"))
}

fn done<S: Subject, C>(scene: &Scene<S>, command: C) -> C::Reply
where
    C: Command + Send + 'static,
    C::Reply: Send + 'static,
{
    match scene.session.call(command, PATIENCE) {
        Ok(reply) => reply,
        Err(Failure::Call(error)) => panic!("a command failed: {error}"),
        Err(Failure::GaveUp) => panic!("a command took longer than {PATIENCE:?}"),
    }
}
