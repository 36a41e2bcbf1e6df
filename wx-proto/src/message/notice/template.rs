//! Fitting sentences into templates, and names into holes.

use std::borrow::Cow;

use super::{JoinedBy, NoticeEvent, Who, sentences::Meaning};
use crate::wire::xml::Element;

/// The longest sentence that is looked at, in bytes: five hundred names of 60. Without a limit, a
/// sentence made for it takes time by the square of its length.
const MAX_SENTENCE: usize = 32 * 1024;

/// How long a list of names may become, in bytes.
const MAX_FILLED: usize = 256 * 1024;

/// The longest name of a mark, and the longest mark between names, in bytes; those that were seen are
/// words. Without a limit, and made of `$`, each place in a template would be a long look at every mark.
const MAX_NAME: usize = 64;

/// What may follow a sentence and is no part of it.
const STOPS: [char; 4] = ['.', '。', '!', '！'];

/// The quotes round names, and round the new name of a room.
const QUOTES: [(char, char); 2] = [('"', '"'), ('“', '”')];

/// What stands in the holes of a template, and what follows it.
pub(super) struct Fit<'a> {
    holes: Vec<Hole<'a>>,
    tail: &'a str,
}

#[derive(Clone, Copy)]
struct Hole<'a> {
    text: &'a str,
    quoted: bool,
}

/// Fits a sentence into a template of [`sentences`](super::sentences).
pub(super) fn fit<'a>(template: &str, sentence: &'a str) -> Option<Fit<'a>> {
    if sentence.len() > MAX_SENTENCE {
        return None;
    }
    let (template, open) = match template.strip_suffix('…') {
        Some(template) => (template, true),
        None => (template, false),
    };
    let mut literals = template.split("{}");
    let head = literals.next()?;
    let mut tail = sentence.trim_end_matches(is_blank).strip_prefix(head)?;
    let mut literals = literals.peekable();
    let mut holes = Vec::new();
    while let Some(literal) = literals.next() {
        if literals.peek().is_none() && !open {
            holes.push(Hole::last(tail, literal)?);
            return Some(Fit { holes, tail: "" });
        }
        // The first place where quotes come in pairs: a name may hold the words of the template.
        let (hole, after) = tail.match_indices(literal).find_map(|(at, _)| {
            let (hole, after) = tail.split_at(at);
            Some((Hole::of(hole)?, after.strip_prefix(literal)?))
        })?;
        holes.push(hole);
        tail = after;
    }
    (open || tail.trim_start_matches(STOPS).is_empty()).then_some(Fit { holes, tail })
}

impl<'a> Hole<'a> {
    /// `None` for nothing, and for half of what stands in quotes.
    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(is_blank);
        let quotes = QUOTES.iter().find(|(open, _)| text.starts_with(*open));
        let (inside, quoted) = match quotes {
            Some((open, close)) => (text.strip_prefix(*open)?.strip_suffix(*close)?, true),
            None if QUOTES.iter().any(|(_, close)| text.ends_with(*close)) => return None,
            None => (text, false),
        };
        (!inside.trim_matches(is_blank).is_empty()).then_some(Self {
            text: inside,
            quoted,
        })
    }

    /// The hole before the last words of a sentence.
    fn last(text: &'a str, literal: &str) -> Option<Self> {
        let strip = |text: &'a str| Self::of(text.strip_suffix(literal)?);
        strip(text).or_else(|| strip(text.trim_end_matches(STOPS)))
    }

    fn name(self) -> &'a str {
        self.text.trim_matches(is_blank)
    }

    fn is_you(self) -> bool {
        !self.quoted && matches!(self.name(), "你" | "您" | "You" | "you" | "You've")
    }

    fn who(self, links: &Links) -> Who {
        match links.people(self.name()) {
            Some(mut people) if !people.is_empty() => people.swap_remove(0),
            _ if self.is_you() => Who::You,
            _ => Who::Named(self.name().to_owned()),
        }
    }

    fn people(self, links: &Links) -> Vec<Who> {
        if let Some(people) = links.people(self.name()) {
            return people;
        }
        // Each name in quotes of its own, or the list in one pair, or none at all.
        let marks: &[&str] = if self.quoted {
            &["\"、\"", "”、“", "\", \"", "”, “", "、", ", "]
        } else {
            &["、", ", "]
        };
        let mark = marks.iter().find(|mark| self.text.contains(**mark));
        let names: Vec<_> = match mark {
            Some(mark) => self.text.split(mark).collect(),
            None => vec![self.text],
        };
        let hole = |text| Self {
            text,
            quoted: self.quoted,
        };
        names
            .into_iter()
            .map(hole)
            .filter(|hole| !hole.name().is_empty())
            .map(|hole| hole.who(&Links::default()))
            .collect()
    }
}

impl Fit<'_> {
    /// Of a template with two holes, a person and a text.
    pub(super) fn pair(&self) -> Option<(Who, String)> {
        let (first, second) = self.two()?;
        Some((first.who(&Links::default()), second.name().to_owned()))
    }

    pub(super) fn event(&self, meaning: Meaning, links: &Links) -> Option<NoticeEvent> {
        Some(match meaning {
            Meaning::TooOften => NoticeEvent::TooOften,
            Meaning::Blocked => NoticeEvent::Blocked,
            Meaning::SplitBill => NoticeEvent::SplitBill,
            Meaning::Call => NoticeEvent::Call,
            Meaning::LiveLocationEnded => NoticeEvent::LiveLocationEnded,
            Meaning::RedPacket(direction) => NoticeEvent::RedPacket(direction),
            Meaning::Transfer(direction) => NoticeEvent::Transfer(direction),
            Meaning::NotAFriend => NoticeEvent::NotAFriend {
                name: links.fill(self.holes.first()?.name()),
            },
            Meaning::FriendAdded => NoticeEvent::FriendAdded {
                name: self.holes.first().map(|hole| links.fill(hole.name())),
            },
            Meaning::Joined(how) => {
                let (inviter, members) = self.two()?;
                joined(Some(inviter.who(links)), Some(members), links, how)
            }
            Meaning::JoinedWithYou => {
                let (inviter, others) = self.two()?;
                let by = Some(inviter.who(links));
                let mut event = joined(by, Some(others), links, JoinedBy::Invitation);
                if let NoticeEvent::Joined { members, .. } = &mut event {
                    members.insert(0, Who::You);
                }
                event
            }
            Meaning::YouWereInvited => {
                let (inviter, there) = self.two()?;
                let by = Some(inviter.who(links));
                you_joined(by, there, links, JoinedBy::Invitation)
            }
            Meaning::YouJoined(how) => you_joined(None, *self.holes.first()?, links, how),
            Meaning::Scanned => {
                let (who, by) = self.two()?;
                let mut event = joined(Some(by.who(links)), Some(who), links, JoinedBy::QrCode);
                if let NoticeEvent::Joined { members, .. } = &mut event {
                    // One at a time, whatever the name looks like.
                    *members = vec![who.who(links)];
                }
                event
            }
            Meaning::Removed => {
                let (by, who) = self.two()?;
                NoticeEvent::Removed {
                    by: by.who(links),
                    who: who.who(links),
                }
            }
            Meaning::WasRemoved => {
                let (who, by) = self.two()?;
                NoticeEvent::Removed {
                    by: by.who(links),
                    who: who.who(links),
                }
            }
            Meaning::Renamed => {
                let (by, topic) = self.two()?;
                NoticeEvent::Renamed {
                    by: by.who(links),
                    topic: links.fill(topic.text),
                }
            }
            Meaning::Recalled => NoticeEvent::Recalled {
                by: self.holes.first()?.who(links),
            },
            Meaning::Tickle => self.tickle(links)?,
        })
    }

    fn two(&self) -> Option<(Hole<'_>, Hole<'_>)> {
        let mut holes = self.holes.iter().copied();
        Some((holes.next()?, holes.next()?))
    }

    fn tickle(&self, links: &Links) -> Option<NoticeEvent> {
        let first = *self.holes.first()?;
        let from = match first.name() {
            "我" | "I" if !first.quoted => Who::You,
            _ => first.who(links),
        };
        let tail = self.tail.trim_matches(is_blank);
        // Names stand in quotes, and what follows them is the addition; so is “的…” behind “我”.
        let closing = QUOTES.iter().find(|(open, _)| tail.starts_with(*open));
        let (whom, addition) =
            match closing.and_then(|(_, close)| tail.rfind(*close).zip(Some(close))) {
                Some((at, close)) => tail.split_at(at + close.len_utf8()),
                None => ["我", "你", "自己", "me", "you", "myself"]
                    .iter()
                    .find_map(|word| {
                        let after = tail.strip_prefix(word)?;
                        let ends = after.is_empty() || after.starts_with(['的', ' ']);
                        ends.then_some((*word, after))
                    })
                    .unwrap_or((tail, "")),
            };
        let to = match whom {
            "我" | "你" | "me" | "you" => Who::You,
            "自己" | "myself" => from.clone(),
            _ => Hole::of(whom)?.who(links),
        };
        let addition = addition.trim_matches(is_blank);
        Some(NoticeEvent::Tickle {
            from,
            to,
            addition: (!addition.is_empty()).then(|| addition.to_owned()),
        })
    }
}

fn joined(
    inviter: Option<Who>,
    members: Option<Hole<'_>>,
    links: &Links,
    how: JoinedBy,
) -> NoticeEvent {
    NoticeEvent::Joined {
        inviter,
        members: members.map_or_else(|| vec![Who::You], |hole| hole.people(links)),
        listed: members.map_or_else(String::new, |hole| links.fill(hole.name())),
        present: Vec::new(),
        how,
    }
}

fn you_joined(inviter: Option<Who>, there: Hole<'_>, links: &Links, how: JoinedBy) -> NoticeEvent {
    let mut event = joined(inviter, None, links, how);
    if let NoticeEvent::Joined { present, .. } = &mut event {
        *present = there.people(links);
    }
    event
}

/// Not every white space: U+2005 and others belong to names.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\u{a0}')
}

/// What stands for the `$name$` of a template.
#[derive(Default)]
pub(super) struct Links(Vec<Link>);

struct Link {
    /// With the `$` round it.
    mark: String,
    /// `None` where the link is no people.
    people: Option<Vec<Who>>,
    text: String,
    /// Something to press, which is no part of the sentence.
    button: bool,
}

impl Links {
    pub(super) fn read(list: Option<&Element>) -> Self {
        /// Three are the most that were seen.
        const MAX_LINKS: usize = 32;
        let links = list.into_iter().flat_map(|list| &list.children);
        Self(links.filter_map(Link::read).take(MAX_LINKS).collect())
    }

    /// The template with all names in it. Names are not looked into: they may hold `$` too.
    pub(super) fn fill(&self, template: &str) -> String {
        self.replace(template, |_| true).into_owned()
    }

    /// The template with the marks of names still in it, and without what is to be pressed.
    pub(super) fn skeleton<'a>(&self, template: &'a str) -> Cow<'a, str> {
        self.replace(template, |link| link.button)
    }

    fn replace<'a>(&self, template: &'a str, which: impl Fn(&Link) -> bool) -> Cow<'a, str> {
        if self.0.is_empty() {
            return template.into();
        }
        // A sentence has each name once, or twice. Without a limit, one long name for many marks makes
        // a thousandfold of what came, and there may be thousands of such sentences.
        let most = 2 * (template.len() + self.0.iter().map(|link| link.text.len()).sum::<usize>());
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let link = self.0.iter().filter(|link| which(link));
            let found = link
                .filter(|link| out.len() + link.text.len() <= most)
                .filter_map(|link| Some((link, from.strip_prefix(link.mark.as_str())?)))
                .next();
            rest = if let Some((link, after)) = found {
                out.push_str(&link.text);
                after
            } else {
                out.push('$');
                from.strip_prefix('$').unwrap_or_default()
            };
        }
        out.push_str(rest);
        out.into()
    }

    /// The people that a mark stands for.
    fn people(&self, mark: &str) -> Option<Vec<Who>> {
        let link = self.0.iter().find(|link| link.mark == mark)?;
        link.people.clone()
    }
}

/// Names one after another, as many as there is room for: what stands between them comes once, and
/// would be here for each of them.
fn list(people: &[Who], mark: &str) -> String {
    let mut out = String::new();
    for who in people {
        let mark = if out.is_empty() { "" } else { mark };
        let name = match who {
            Who::Named(name) | Who::Account(name) => name.as_str(),
            Who::You => "",
        };
        if out.len() + mark.len() + name.len() > MAX_FILLED {
            break;
        }
        out.push_str(mark);
        out.push_str(name);
    }
    out
}

impl Link {
    fn read(link: &Element) -> Option<Self> {
        let is_mark = |name: &&str| (1..=MAX_NAME).contains(&name.len()) && !name.contains('$');
        let name = link.attr("name").filter(is_mark)?;
        let text = |of: &Element, name: &str| of.child(name).map(|found| found.text.clone());
        let people: Option<Vec<Who>> = link.child("memberlist").map(|list| {
            let members = list.children.iter().filter(|child| child.name == "member");
            members
                .filter_map(|member| {
                    let nick = text(member, "nickname").filter(|nick| !nick.is_empty());
                    let account = || text(member, "username").map(Who::Account);
                    nick.map(Who::Named).or_else(account)
                })
                .collect()
        });
        let button = link.attr("hidden") == Some("1") || link.attr("type") == Some("link_revoke");
        let text = match &people {
            _ if button => String::new(),
            Some(people) => {
                let mark = text(link, "separator");
                let mark = mark.filter(|mark| (1..=MAX_NAME).contains(&mark.len()));
                list(people, mark.as_deref().unwrap_or("、"))
            }
            None => text(link, "plain")
                .or_else(|| text(link, "title"))
                .unwrap_or_default(),
        };
        Some(Self {
            mark: format!("${name}$"),
            people,
            text,
            button,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_ends_where_there_is_no_more_room() {
        let people = vec![Who::Named("Anna".to_owned()); 2000];
        assert_eq!(list(&people[..2], ", "), "Anna, Anna");
        assert_eq!(list(&people, "、").len(), 2000 * 4 + 1999 * 3);
        let long = "x".repeat(150_000);
        let listed = list(&people, &long);
        assert_eq!(listed.len(), 150_000 + 2 * 4);
        assert!(listed.capacity() <= 2 * MAX_FILLED);
    }
}
