//! What opens an account never reaches `Debug`, an event or an error text.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use bytes::Bytes;
use common::*;
use http::Response;
use wx_proto::{
    AcceptFriend, Attachment, EventKind, FetchAvatar, MediaKind, Raw, SendImage, SendText,
    TransportErrorKind, Upload,
};
use wx_sim::{
    net::{Fate, Weather},
    server::{Act, Script, Setup},
    world::World,
};

#[test]
fn no_secret_of_a_session_can_be_logged() {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    world.keep_log();
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let snapshot = world.client(bot).snapshot().unwrap();
    let chat = world.client(bot).chat("filehelper").unwrap();
    let mut said = String::new();

    // Every kind of trouble has something to say.
    for body in ["<html>", "{}", "", r#"{"BaseResponse":{"Ret":-1}}"#] {
        let reply = Response::new(Bytes::from(body));
        world.server_mut().plant("webwxsync", 1, reply.clone());
        world.server_mut().plant("webwxsendmsg", 1, reply);
        let pending = world.submit(bot, SendText::new(chat.clone(), "hello"));
        let friend = friend(&world);
        hears(&mut world, &friend, "hi");
        world.run_for(120 * SECOND);
        let outcome = world.outcome(bot, pending).unwrap();
        said.push_str(&format!("{outcome:?}"));
        if let Err(error) = outcome {
            said.push_str(&error.to_string());
        }
    }
    // What commands carry and bring.
    let friend = world
        .client(bot)
        .roster()
        .friends()
        .next()
        .unwrap()
        .id
        .clone();
    let image = Attachment::bytes("a.jpg", vec![7; 3000]);
    let upload = Upload::bytes(MediaKind::File, "a.bin", vec![7; 3000]);
    let lookup = Raw::post("webwxsearchcontact", r#"{"KeyWord":"a"}"#);
    let image = SendImage::new(friend.clone(), image);
    said.push_str(&format!("{image:?} {upload:?} {lookup:?}"));
    let image = world.submit(bot, image);
    let upload = world.submit(bot, upload);
    let lookup = world.submit(bot, lookup);
    let avatar = world.submit_writing(bot, FetchAvatar::of(friend));
    world
        .happen(Act::FriendRequest {
            plain: "wxid_newcomer1".into(),
            nick: "Newcomer".into(),
            words: "hello".into(),
        })
        .unwrap();
    world.run_for(60 * SECOND);
    let mut tickets = Vec::new();
    for event in world.events(bot) {
        if let EventKind::ContactRequest(request) = &event.kind {
            let ticket = request.request.ticket.as_ref().unwrap();
            tickets.push(ticket.expose().to_owned());
            let accept = AcceptFriend::new(request);
            said.push_str(&format!("{event:?} {accept:?}"));
            world.submit(bot, accept);
        }
    }
    assert_eq!(tickets.len(), 1);
    world.run_for(60 * SECOND);
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, image).unwrap().unwrap()
    ));
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, upload).unwrap().unwrap()
    ));
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, lookup).unwrap().unwrap()
    ));
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, avatar).unwrap().unwrap()
    ));
    assert!(
        !said.contains("@crypt_"),
        "an id of media or a key was said"
    );

    world.doom("webwxsendmsg", 3, Fate::Unheard(TransportErrorKind::Reset));
    world.set_weather(Weather::foul(50));
    world.run_for(HOUR);
    world.set_weather(Weather::FAIR);
    world.run_for(600 * SECOND);
    said.push_str(&format!("{snapshot:?} {:?}", world.client(bot).me()));
    let contacts: Vec<_> = world.client(bot).roster().iter().collect();
    assert!(contacts.len() > 20);
    said.push_str(&format!("{contacts:?}"));
    world.happen(Act::Kick { code: 1101 }).unwrap();
    world.run_for(60 * SECOND);
    said.push_str(world.log());
    assert!(said.len() > 50_000, "{}", said.len());

    let saved = String::from_utf8(snapshot.encode()).unwrap();
    let saved: serde_json::Value = serde_json::from_str(&saved).unwrap();
    let mut secrets = Vec::new();
    for name in ["sid", "skey", "pass_ticket"] {
        secrets.push(saved[name].as_str().unwrap().to_owned());
    }
    secrets.push(saved["uin"].to_string());
    for cookie in saved["cookies"].as_array().unwrap() {
        // A language and two points in time are no secrets.
        let name = cookie["name"].as_str().unwrap();
        if !["mm_lang", "wxloadtime", "wxpluginkey"].contains(&name) {
            secrets.push(cookie["value"].as_str().unwrap().to_owned());
        }
    }
    secrets.extend(tickets);
    assert!(secrets.len() >= 8, "{} secrets", secrets.len());
    for secret in secrets {
        assert!(secret.len() >= 7);
        assert!(
            !said.contains(&secret),
            "a secret of {} bytes was said",
            secret.len()
        );
    }
}
