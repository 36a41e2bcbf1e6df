//! A day of a session, with the simulated service behind connections in memory: a browser's hosts,
//! a browser's cookies, and all of it in virtual time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex},
    sync::{Notify, oneshot},
    time::{Instant, sleep, sleep_until},
};
use wx_sim::server::{Act, Deed, Endpoint, ExchangeId, Server, Setup, Whose};
use wx_tokio::{
    Session, Transport,
    wx_proto::{Client, Config, EventKind, Phase},
};

use crate::service::online;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_whole_day_goes_by_and_nothing_is_lost() {
    let wire = Wire::new(Setup {
        // Shorter than the quiet between two texts: the session has to ask for new ones by itself.
        cookie_life: Duration::from_secs(45 * 60),
        ..Setup::default()
    });
    let (session, mut events) = Session::spawn(Config::default(), &wire.transport());
    online(&mut events).await;
    let began = Instant::now();
    let friend = wire.friend();

    let bot = session.clone();
    let bot = tokio::spawn(async move {
        let mut heard = Vec::new();
        while let Some(event) = events.next().await {
            match event.kind {
                EventKind::Message(message) => {
                    let text = message.text().unwrap().to_owned();
                    let answer = message.reply(format!("heard {text}"));
                    assert!(bot.call(answer).await.unwrap().msg_id.is_some());
                    heard.push(text);
                }
                EventKind::Trouble(trouble) => panic!("{trouble:?}"),
                EventKind::Gap(gap) => panic!("{gap:?}"),
                _ => {}
            }
        }
        heard
    });
    let mut told = Vec::new();
    let mut renewed = Vec::new();
    for hour in 0..24 {
        let (from, text) = (friend.clone(), format!("{hour} o'clock"));
        told.push(text.clone());
        wire.act(Deed::In(Whose::Latest, Act::Text { from, text }));
        sleep(HOUR).await;
        renewed.push(wire.with(|server| server.sessions()[0].cookies_until));
    }
    assert_eq!(began.elapsed(), 24 * HOUR);
    assert_eq!(session.inspect(Client::phase).unwrap(), Phase::Online);
    session.close(wx_tokio::wx_proto::Close::default()).await;

    assert_eq!(bot.await.unwrap(), told);
    assert!(
        renewed.is_sorted() && renewed[0] < renewed[23],
        "{renewed:?}"
    );
    wire.with(|server| {
        let received: Vec<_> = server.received().map(|text| text.text.clone()).collect();
        let expected: Vec<_> = told.iter().map(|text| format!("heard {text}")).collect();
        assert_eq!(received, expected);
        assert!(server.received().all(|text| text.repeats == 0));
        assert_eq!(server.sessions().len(), 1, "one login for the whole day");
        let faults: Vec<_> = server.faults().map(ToString::to_string).collect();
        assert_eq!(faults, Vec::<String>::new());
        for (endpoint, tally) in server.tallies() {
            assert_eq!((tally.refused, tally.remarked), (0, 0), "{endpoint}");
        }
        // Held for 25 s each.
        let polls = server.tallies()[&Endpoint::SyncCheck].requests;
        assert!((3400..3700).contains(&polls), "{polls}");
        let syncs = server.tallies()[&Endpoint::Sync].requests;
        assert!(syncs >= 2 * 24, "{syncs}");
    });
}

/// The service, and the connections to it.
struct Wire {
    state: Mutex<State>,
    /// Something happened to the service.
    changed: Notify,
    began: (Instant, Duration),
}

struct State {
    server: Server,
    waiting: BTreeMap<ExchangeId, oneshot::Sender<Response<Bytes>>>,
    exchanges: u64,
}

impl Wire {
    fn new(setup: Setup) -> Arc<Self> {
        let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let wire = Arc::new(Self {
            state: Mutex::new(State {
                server: Server::new(setup),
                waiting: BTreeMap::new(),
                exchanges: 0,
            }),
            changed: Notify::new(),
            began: (Instant::now(), unix),
        });
        tokio::spawn(Arc::clone(&wire).keep_time());
        wire
    }

    fn transport(self: &Arc<Self>) -> Transport {
        let wire = Arc::clone(self);
        Transport::with_connector(move |_| {
            let (near, far) = duplex(64 << 10);
            tokio::spawn(Arc::clone(&wire).serve(far));
            async move { Ok(near) }
        })
    }

    fn now(&self) -> Duration {
        self.began.1 + self.began.0.elapsed()
    }

    /// Does something to the service, and hands out the replies that come of it.
    fn with<T>(&self, f: impl FnOnce(&mut Server) -> T) -> T {
        let mut state = self.state.lock().unwrap();
        state.server.handle_timeout(self.now());
        let result = f(&mut state.server);
        while let Some((id, reply)) = state.server.poll_reply() {
            if let Some(waiting) = state.waiting.remove(&id) {
                let _ = waiting.send(reply);
            }
        }
        self.changed.notify_one();
        result
    }

    fn act(&self, deed: Deed) {
        self.with(|server| server.act(server.now(), deed)).unwrap();
    }

    fn friend(&self) -> String {
        self.with(|server| {
            let peers = server.peers(server.accounts()[0].id);
            let mut friends = peers.iter().filter(|peer| peer.listed && !peer.room);
            friends
                .find(|peer| peer.plain.starts_with("wxid_"))
                .unwrap()
                .plain
                .clone()
        })
    }

    async fn keep_time(self: Arc<Self>) {
        loop {
            let due = self.state.lock().unwrap().server.poll_timeout();
            let due = due.map(|due| self.began.0 + due.saturating_sub(self.began.1));
            tokio::select! {
                () = sleep_until(due.unwrap_or(self.began.0)), if due.is_some() => self.with(|_| {}),
                () = self.changed.notified() => {}
            }
        }
    }

    async fn serve(self: Arc<Self>, stream: DuplexStream) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await {
            let (sender, reply) = oneshot::channel();
            let id = {
                let mut state = self.state.lock().unwrap();
                state.exchanges += 1;
                let id = ExchangeId(state.exchanges);
                state.waiting.insert(id, sender);
                id
            };
            self.with(|server| server.accept(server.now(), id, request));
            tokio::select! {
                reply = reply => {
                    let written = stream.write_all(&on_the_wire(&reply.unwrap())).await;
                    if written.is_err() {
                        return self.with(|server| server.abandon(server.now(), id));
                    }
                }
                // Nobody sends a second request before the first is answered.
                _ = stream.read_u8() => {
                    self.state.lock().unwrap().waiting.remove(&id);
                    return self.with(|server| server.abandon(server.now(), id));
                }
            }
        }
    }
}

/// The next request. `None`: the client closed the connection.
async fn read(stream: &mut BufReader<DuplexStream>) -> Option<Request<Bytes>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let mut request = Request::builder().method(first.next().unwrap());
    let target = first.next().unwrap();
    assert_eq!(first.next(), Some("HTTP/1.1"));
    let (mut host, mut length) = (None, 0);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name {
            "Host" => host = Some(value),
            "Content-Length" => length = value.parse().unwrap(),
            _ => {}
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let request = request.uri(format!("https://{}{target}", host.unwrap()));
    Some(request.body(body.into()).unwrap())
}

fn on_the_wire(reply: &Response<Bytes>) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {}\r\n", reply.status()).into_bytes();
    for (name, value) in reply.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let body = reply.body();
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    bytes.extend_from_slice(body);
    bytes
}
