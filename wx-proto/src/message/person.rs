//! Messages about a person: cards and friend requests.
//!
//! The record says the same as the XML, and says it whole: the XML is often torn by names. So the
//! record goes first, and the XML fills in.

use super::{attr, code, shown, some};
use crate::{endpoint::message::MessageRecord, secret::Secret, wire::xml::Element};

/// Somebody, or an official account, was recommended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Card {
    /// Works within this login, as the target of a friend request.
    pub user_name: Option<String>,
    /// The name they gave themselves.
    pub nick_name: String,
    /// The id they chose.
    pub alias: Option<String>,
    /// The account name behind `user_name`, the same in every login. No request accepts it.
    pub account: Option<String>,
    /// Region.
    pub province: Option<String>,
    /// Region.
    pub city: Option<String>,
    /// 0 unknown, 1 male, 2 female.
    pub sex: i64,
    /// Bit field; 8 marks an official account, see [`ContactKind`](crate::ContactKind).
    pub verify_flag: i64,
}

impl Card {
    pub(super) fn read(record: &MessageRecord, xml: Option<&Element>) -> Self {
        let about = &record.recommend_info;
        let attr = |name| attr(xml, name);
        let text = |given: &str, name| shown(given).or_else(|| some(attr(name)?));
        Self {
            user_name: some(&about.user_name),
            nick_name: text(&about.nick_name, "nickname").unwrap_or_default(),
            alias: text(&about.alias, "alias"),
            account: attr("username").and_then(some),
            province: text(&about.province, "province"),
            city: text(&about.city, "city"),
            sex: code(about.sex, attr("sex")),
            verify_flag: about.verify_flag,
        }
    }
}

/// Somebody wants to be a friend. It comes from `fmessage` and is delivered again now and then:
/// the same person with the same ticket is the same request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FriendRequest {
    /// Works within this login; accepting needs it.
    pub user_name: Option<String>,
    /// The name they gave themselves.
    pub nick_name: String,
    /// The greeting they wrote.
    pub content: String,
    /// Opaque; accepting hands it back.
    pub ticket: Option<Secret>,
    /// How they found the account: search, room, card and so on, in the service's numbers.
    pub scene: i64,
    /// What kind of request it is, in the service's numbers.
    pub opcode: i64,
    /// The id they chose.
    pub alias: Option<String>,
    /// The account name behind `user_name`, the same in every login. No request accepts it.
    pub account: Option<String>,
    /// Region.
    pub province: Option<String>,
    /// Region.
    pub city: Option<String>,
    /// The line under their name.
    pub signature: Option<String>,
    /// 0 unknown, 1 male, 2 female.
    pub sex: i64,
    /// Bit field; 8 marks an official account.
    pub verify_flag: i64,
}

impl FriendRequest {
    /// What it holds of what the service sent, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let Self {
            user_name,
            nick_name,
            content,
            ticket,
            alias,
            account,
            province,
            city,
            signature,
            scene: _,
            opcode: _,
            sex: _,
            verify_flag: _,
        } = self;
        let others = [user_name, alias, account, province, city, signature];
        let others = others.into_iter().flatten().map(String::len);
        let ticket = ticket.as_ref().map_or(0, |it| it.expose().len());
        nick_name.len() + content.len() + ticket + others.sum::<usize>()
    }

    pub(super) fn read(record: &MessageRecord, xml: Option<&Element>) -> Self {
        let about = &record.recommend_info;
        let attr = |name| attr(xml, name);
        let text = |given: &str, name| shown(given).or_else(|| some(attr(name)?));
        Self {
            user_name: some(&about.user_name),
            nick_name: text(&about.nick_name, "fromnickname").unwrap_or_default(),
            content: text(&about.content, "content").unwrap_or_default(),
            ticket: Some(about.ticket.clone())
                .filter(|ticket| !ticket.is_empty())
                .or_else(|| attr("ticket").map(Secret::new)),
            scene: code(about.scene, attr("scene")),
            opcode: code(about.op_code, attr("opcode")),
            alias: text(&about.alias, "alias"),
            account: attr("fromusername").and_then(some),
            province: text(&about.province, "province"),
            city: text(&about.city, "city"),
            signature: text(&about.signature, "sign"),
            sex: code(about.sex, attr("sex")),
            verify_flag: about.verify_flag,
        }
    }
}
