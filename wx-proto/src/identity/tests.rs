// Compiled for tests alone: an `unwrap` that fails here is a test that fails.

mod any;
mod book;
mod later;
mod people;
mod rooms;

use serde_json::{Value, json};

use super::*;
use crate::{
    Contact, Profile, Roster,
    endpoint::{ContactRecord, Uin},
    id::LoginId,
};

/// One login of one account: a roster, and the resolver that is told of it.
struct Login {
    login: LoginId,
    roster: Roster,
    resolver: Resolver,
}

const ME: Uin = Uin::new(2_100_045_678);

fn profile(login: u32, uin: Uin) -> Profile {
    let name = format!("@me{login:030}");
    Profile {
        id: ChatId::new(LoginId::of(&name), name),
        nick_name: "bot".into(),
        uin,
    }
}

/// The user name of `who` in a login: each login has others.
fn name(login: u32, who: &str) -> String {
    let mark = if who.starts_with("room") { "@@" } else { "@" };
    format!(
        "{mark}{:016x}{:016x}",
        digest(who),
        digest(&login.to_string())
    )
}

fn record(name: &str, facts: Value) -> ContactRecord {
    let mut record = json!({
        "Uin": 0, "UserName": name, "NickName": "", "RemarkName": "", "HeadImgUrl": "",
        "ContactFlag": 3, "VerifyFlag": 0, "Sex": 0, "Province": "", "City": "", "Alias": "",
        "Signature": "", "AttrStatus": 0, "KeyWord": "", "EncryChatRoomId": "", "MemberList": []
    });
    let (Value::Object(record), Value::Object(facts)) = (&mut record, facts) else {
        panic!("not an object");
    };
    record.extend(facts);
    serde_json::from_value(Value::Object(record.clone())).unwrap()
}

fn picture(seq: u64) -> String {
    format!("/cgi-bin/mmwebwx-bin/webwxgeticon?seq={seq}&username=@0&skey=")
}

impl Login {
    fn begin(nth: u32, book: Book) -> Self {
        let me = profile(nth, ME);
        Self {
            login: me.id.login(),
            roster: Roster::default(),
            resolver: Resolver::begin(book, &me).unwrap(),
        }
    }

    fn see(&mut self, name: &str, facts: Value) -> ChatId {
        self.roster.upsert(self.login, record(name, facts));
        let contact = self.roster.find(name).unwrap();
        self.resolver.observe(contact);
        contact.id.clone()
    }

    fn is(&self, name: &str) -> Resolution {
        self.resolver.resolve(&self.id(name))
    }

    fn identity(&self, name: &str) -> Identity {
        self.is(name).identity().unwrap()
    }

    fn confidence(&self, name: &str) -> (Confidence, Evidence) {
        match self.is(name) {
            Resolution::Known { confidence, by, .. } => (confidence, by),
            other => panic!("{other:?}"),
        }
    }

    fn id(&self, name: &str) -> ChatId {
        ChatId::new(self.login, name)
    }

    /// Saved, and read again.
    fn saved(&self) -> Book {
        Book::decode(&self.resolver.book().encode()).unwrap()
    }
}
