//! What friends, phones and the service do to an account.

use std::time::Duration;

use bytes::Bytes;
use wx_sim::{
    server::{Act, Blob, Done, Mark, PeerView, Piece},
    world::World,
};

use super::{Bot, digest};
use crate::{
    ledger::{Expected, Key},
    plan::Heard,
};

impl Bot {
    /// Something happens to the account.
    pub(crate) fn hear(&mut self, world: &mut World, heard: Heard) {
        let Some(account) = self.account else { return };
        let peers = world.server().peers(account);
        let is_friend = |it: &&PeerView| it.listed && !it.room && it.plain.starts_with("wxid_");
        let friends: Vec<_> = peers.iter().filter(is_friend).cloned().collect();
        let rooms: Vec<_> = peers.iter().filter(|it| it.room).cloned().collect();
        if friends.is_empty() || rooms.is_empty() {
            return;
        }
        let friend = self.dice.pick(&friends).plain;
        let room = self.dice.pick(&rooms).plain;
        match heard {
            Heard::Texts(times) => {
                for _ in 0..times {
                    let (from, text) = (friend.clone(), self.words());
                    self.told(
                        world,
                        Act::Text {
                            from,
                            text: text.clone(),
                        },
                        Some(text),
                    );
                }
            }
            Heard::RoomTexts { times, mention } => {
                for _ in 0..times {
                    let text = self.words();
                    let said = (!mention).then(|| text.clone());
                    // Whoever is a member.
                    for from in friends.iter().map(|it| it.plain.clone()) {
                        let act = Act::RoomText {
                            room: room.clone(),
                            from,
                            text: text.clone(),
                            mention,
                        };
                        if self.told(world, act, said.clone()) {
                            break;
                        }
                    }
                }
            }
            Heard::OwnText => {
                let text = self.words();
                let act = Act::OwnText {
                    to: friend,
                    text: text.clone(),
                };
                self.told(world, act, Some(text));
            }
            Heard::Image => {
                self.count += 1;
                let bytes = format!("\u{ff}picture {}-{}", self.index, self.count);
                let bytes = Bytes::from(bytes.repeat(40));
                let content = digest(&bytes);
                let piece = Piece::Image {
                    data: Blob::Given(bytes),
                };
                self.told(world, send(friend, piece), Some(content));
            }
            Heard::Piece(which) => {
                let piece = piece(which, &friend);
                self.told(world, send(friend, piece), None);
            }
            Heard::Notice => {
                let text = "你已添加了对方".to_owned();
                self.told(world, Act::Notice { chat: friend, text }, None);
            }
            Heard::Raw => {
                let act = Act::Raw {
                    chat: friend,
                    from: None,
                    msg_type: self.dice.pick(&[9999, 9998, 50, 53]),
                    content: "&lt;unknown/&gt;".to_owned(),
                };
                self.told(world, act, None);
            }
            Heard::Recall => {
                let latest = self.ledger.expected.iter().rev().take(8);
                let ids: Vec<_> = latest.map(|it| it.msg_id).collect();
                if !ids.is_empty() {
                    let of = self.dice.pick(&ids);
                    let done = self.act(world, Act::Recall { msg_id: of });
                    self.expect(done, Key::Recall(of), None);
                }
            }
            Heard::Request(who) => {
                self.was_asked = true;
                let plain = format!("wxid_newcomer{who}");
                let act = Act::FriendRequest {
                    plain: plain.clone(),
                    nick: format!("Newcomer {who}"),
                    words: "hello".to_owned(),
                };
                let done = self.act(world, act);
                let peers = world.server().peers(account);
                if let Some(peer) = peers.into_iter().find(|it| it.plain == plain) {
                    self.expect(done, Key::Request(peer.user_name), None);
                }
            }
            Heard::People(which) => self.people(world, which, &friend, &room),
            Heard::Phone(which) => {
                let code = [1, 2, 4, 5][usize::from(which % 4)];
                let chat = (code != 4).then_some(friend);
                self.act(world, Act::Notify { code, chat });
            }
        }
    }

    fn people(&mut self, world: &mut World, which: u8, friend: &str, room: &str) {
        let (who, room) = (friend.to_owned(), room.to_owned());
        self.count += 1;
        let name = format!("Name {}", self.count);
        let act = match which % 8 {
            0 => Act::ContactChanged {
                who,
                nick: Some(name),
                remark: None,
                contact_flag: None,
            },
            1 => Act::RoomChanged {
                room,
                topic: Some(name),
                join: vec![who],
                leave: Vec::new(),
            },
            2 => Act::Renamed {
                room,
                by: who,
                topic: name,
            },
            3 => Act::JoinsByCode {
                room,
                who,
                shown_by: "me".to_owned(),
            },
            4 => Act::Profile {
                nick: Some(name),
                picture: false,
            },
            5 => Act::ContactAdded {
                plain: format!("wxid_added{}", which % 3),
                nick: name,
            },
            6 => Act::Marked {
                who,
                mark: Mark::Mute,
                on: which > 100,
            },
            _ => Act::Removed { room, who },
        };
        self.act(world, act);
    }

    /// Whether it could be said.
    fn told(&mut self, world: &mut World, act: Act, content: Option<String>) -> bool {
        let done = self.act(world, act);
        let msg_id = done.as_ref().and_then(|done| done.msg_id);
        if let Some(msg_id) = msg_id {
            self.expect(done, Key::Message(msg_id), content);
        }
        msg_id.is_some()
    }

    fn expect(&mut self, done: Option<Done>, key: Key, content: Option<String>) {
        if let Some(msg_id) = done.and_then(|done| done.msg_id) {
            self.ledger.expected.push(Expected {
                msg_id,
                key,
                content,
            });
        }
    }

    /// A text of its own.
    fn words(&mut self) -> String {
        const SPICES: [&str; 8] = [
            "",
            " <b>&amp;</b> \"quoted\"",
            "\nsecond line",
            " [微笑]",
            " 😀🏳️‍🌈",
            " 你好，世界",
            " a=b&c=d;#e",
            " \\u0041 \\/",
        ];
        self.count += 1;
        let spice = self.dice.pick(&SPICES);
        format!("hear {}-{}{spice}", self.index, self.count)
    }
}

fn send(chat: String, piece: Piece) -> Act {
    Act::Send {
        chat,
        from: None,
        piece,
        veiled: false,
    }
}

fn piece(which: u8, friend: &str) -> Piece {
    let data = Blob::Made(300);
    match which % 7 {
        0 => Piece::Voice {
            data,
            length: Duration::from_secs(3),
        },
        1 => Piece::Video {
            data,
            length: Duration::from_secs(9),
            micro: false,
        },
        2 => Piece::File {
            name: "report.pdf".to_owned(),
            data,
        },
        3 => Piece::Link {
            title: "A title".to_owned(),
            description: "More".to_owned(),
            url: "http://example.com/a?b=c".to_owned(),
        },
        4 => Piece::Location {
            label: "A place".to_owned(),
            x: "31.2".to_owned(),
            y: "121.4".to_owned(),
        },
        5 => Piece::Card {
            who: friend.to_owned(),
        },
        _ => Piece::RedPacket,
    }
}
