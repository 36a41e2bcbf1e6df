//! A client whose requests are answered by hand, where the simulated service would not go along.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use wx_proto::{
    Client, CommandError, Completion, Config, Event, Now, OutgoingRequest, Output, Phase, Seed,
    Snapshot, Stamp, Ticket, TransportErrorKind,
};

use super::page;

pub(crate) struct Bench {
    pub(crate) client: Client,
    now: Duration,
    open: Vec<OutgoingRequest>,
    events: Vec<Event>,
    /// Host and path of each request, in order.
    asked: Vec<(String, String)>,
    /// The command that completed last.
    done: Option<Completion>,
}

/// The own name in every session of the bench.
pub(crate) const ME: &str = "@5e1f0c9a7b3d48e6a2c4f8d1b7e90365";

const UNIX: Duration = Duration::from_secs(1_700_003_600);

impl Bench {
    pub(crate) fn new(config: Config) -> Self {
        Self::start(Client::new(config, Seed::from([7; 32])))
    }

    pub(crate) fn resume(config: Config, from: Snapshot) -> Self {
        Self::start(Client::resume(config, Seed::from([7; 32]), from))
    }

    fn start(client: Client) -> Self {
        let mut bench = Self {
            client,
            now: Duration::ZERO,
            open: Vec::new(),
            events: Vec::new(),
            asked: Vec::new(),
            done: None,
        };
        let now = bench.clock();
        bench.client.start(now);
        bench.drain();
        bench
    }

    fn clock(&self) -> Now {
        Now::new(Stamp::new(self.now), UNIX + self.now)
    }

    /// Carries the orders out that there are.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Request(request) => {
                    let uri = request.http.uri();
                    let host = uri.host().unwrap().to_owned();
                    self.asked.push((host, uri.path().to_owned()));
                    self.open.push(request);
                }
                Output::Abort(id) => self.open.retain(|request| request.id != id),
                Output::Done(done) => self.done = Some(done),
                _ => {}
            }
        }
        while let Some(event) = self.client.poll_event() {
            let now = self.clock();
            self.client.acknowledge(now, event.id);
            self.events.push(event);
        }
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.client.poll_timeout() {
            if due.since_origin() > until {
                break;
            }
            self.now = self.now.max(due.since_origin());
            let now = self.clock();
            self.client.handle_timeout(now);
            self.drain();
        }
        self.now = until;
    }

    /// The machine sleeps, and its clock goes on: what was due meanwhile is late.
    pub(crate) fn sleep(&mut self, time: Duration) {
        self.now += time;
        let now = self.clock();
        self.client.handle_timeout(now);
        self.drain();
    }

    pub(crate) fn submit<C: wx_proto::Command>(&mut self, command: C) {
        let _ = self.call(command);
    }

    pub(crate) fn call<C: wx_proto::Command>(&mut self, command: C) -> Ticket<C> {
        let (submission, ticket) = wx_proto::Submission::new(command);
        let now = self.clock();
        self.client.submit(now, submission);
        self.drain();
        ticket
    }

    /// What came of the command that completed last.
    pub(crate) fn outcome<C: wx_proto::Command>(
        &mut self,
        ticket: Ticket<C>,
    ) -> Result<C::Reply, CommandError> {
        ticket.redeem(self.done.take().unwrap())
    }

    /// The requests that wait for a reply, in order.
    pub(crate) fn open_requests(&self) -> &[OutgoingRequest] {
        &self.open
    }

    /// The open request to an endpoint.
    pub(crate) fn request(&self, endpoint: &str) -> &OutgoingRequest {
        let path = format!("/{endpoint}");
        let found = self
            .open
            .iter()
            .find(|r| r.http.uri().path().ends_with(&path));
        found.unwrap_or_else(|| panic!("no {endpoint} among {:?}", self.open))
    }

    pub(crate) fn header(&self, endpoint: &str, name: &str) -> Option<&str> {
        let value = self.request(endpoint).http.headers().get(name)?;
        Some(value.to_str().unwrap())
    }

    pub(crate) fn answer(&mut self, endpoint: &str, reply: Response<Bytes>) {
        let id = self.request(endpoint).id;
        let at = self
            .open
            .iter()
            .position(|request| request.id == id)
            .unwrap();
        let request = self.open.remove(at);
        let (head, body) = reply.into_parts();
        let mut reader = request.reply.begin(head);
        reader.push(body);
        let reply = reader.finish().map(|(reply, _)| reply);
        let now = self.clock();
        self.client.handle_reply(now, id, reply);
        self.drain();
    }

    pub(crate) fn say(&mut self, endpoint: &str, body: impl Into<Bytes>) {
        self.answer(endpoint, page(200, body));
    }

    pub(crate) fn fail(&mut self, endpoint: &str, kind: TransportErrorKind) {
        let id = self.request(endpoint).id;
        self.open.retain(|request| request.id != id);
        let now = self.clock();
        self.client.handle_reply(now, id, Err(kind.into()));
        self.drain();
    }

    /// The events since the last call.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The hosts that an endpoint was asked at.
    pub(crate) fn hosts(&self, endpoint: &str) -> Vec<&str> {
        let path = format!("/{endpoint}");
        let asked = self
            .asked
            .iter()
            .filter(|(_, other)| other.ends_with(&path));
        asked.map(|(host, _)| host.as_str()).collect()
    }

    /// Everything that was asked: host and path.
    pub(crate) fn asked(&self) -> &[(String, String)] {
        &self.asked
    }

    /// From the start of a login to the redirect to `main`.
    pub(crate) fn confirm(&mut self, main: &str) {
        self.say(
            "jslogin",
            "window.QRLogin.code = 200; window.QRLogin.uuid = \"QbXample7Q==\";",
        );
        self.say(
            "login",
            format!(
                "window.code=200;\nwindow.redirect_uri=\"https://{main}/cgi-bin/mmwebwx-bin/\
                 webwxnewloginpage?ticket=AX-example_@qrticket_0&uuid=QbXample7Q==&lang=zh_CN\
                 &scan=1700003600\";"
            ),
        );
    }

    /// Credentials, with the cookies the service sets for `main`.
    pub(crate) fn let_in(&mut self, main: &str, parent: &str) {
        let mut reply = page(200, GRANTED);
        let soon = "Expires=Wed, 15-Nov-2023 11:13:20 GMT";
        let late = "Expires=Sat, 12-Nov-2033 23:13:20 GMT";
        for cookie in [
            format!("wxuin=2100045678; Domain={main}; Path=/; {soon}; Secure"),
            format!("wxsid=Zx3KqT8bWnE1Yv0r; Domain={main}; Path=/; {soon}; Secure"),
            format!("webwx_data_ticket=gSexample01; Domain=.{parent}; Path=/; {soon}; Secure"),
            format!("webwxuvid=0f1e2d3c4b5a6978; Domain={main}; Path=/; {late}; Secure"),
            format!("webwx_auth_ticket=CIExample/+Q==; Domain={main}; Path=/; {late}; Secure"),
        ] {
            let value = cookie.parse().unwrap();
            reply.headers_mut().append("set-cookie", value);
        }
        self.answer("webwxnewloginpage", reply);
    }

    pub(crate) fn open(&mut self) {
        self.say("webwxinit", init());
    }

    /// All the way, the address book left out.
    pub(crate) fn to_online(config: Config, main: &str, parent: &str) -> Self {
        let mut bench = Self::new(config);
        bench.confirm(main);
        bench.let_in(main, parent);
        bench.open();
        bench.run_for(Duration::from_secs(5));
        assert_eq!(bench.client.phase(), Phase::Online);
        bench
    }

    /// The first poll of a session, which is held by nobody.
    pub(crate) fn poll(&mut self, retcode: u32) {
        let body = format!("window.synccheck={{retcode:\"{retcode}\",selector:\"0\"}}");
        self.say("synccheck", body);
    }
}

pub(crate) fn init() -> String {
    format!(
        r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},"Count":1,"ContactList":[
        {{"UserName":"filehelper","NickName":"文件传输助手"}}],"SyncKey":{{"Count":2,"List":[
        {{"Key":1,"Val":704153081}},{{"Key":2,"Val":704153167}}]}},"User":{{"Uin":2100045678,
        "UserName":"{ME}","NickName":"示例"}},"ChatSet":"filehelper,@@room,","SKey":""}}"#
    )
}

const GRANTED: &str = "<error><ret>0</ret><message></message>\
    <skey>@crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b</skey><wxsid>Zx3KqT8bWnE1Yv0r</wxsid>\
    <wxuin>2100045678</wxuin><pass_ticket>Qx7%2Bm2Lk%3D</pass_ticket></error>";
