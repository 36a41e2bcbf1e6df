//! What the application has the client do.

use super::*;
use crate::{
    command::*,
    id::{ChatId, LoginId},
};

impl Bench {
    /// Submits one of all commands, sensible or not.
    pub(in super::super) fn submit(&mut self, what: u8, chat: u8) {
        let to = self.chat(chat);
        let message = pick(&self.messages, chat).cloned();
        match (what % 40, to, message) {
            (0, ..) => self.order(StatReport::new().add(1, "x")),
            (1, ..) => self.order(CheckLogin),
            (2, ..) => self.order(SearchContact::new("anna")),
            (3, ..) => self.order(Raw::post("webwxsearchcontact", "{}")),
            (4, ..) => self.order(Raw::get("/a?b").query("c", "d").on(RawHost::File)),
            (5, ..) => self.order(Logout::new().drain(Duration::from_secs(u64::from(chat)))),
            (6, ..) => self.order(Upload::bytes(MediaKind::Image, "a.jpg", &b"\xff\xd8"[..])),
            (7, ..) => self.order(Upload::source(MediaKind::File, "a", 3000)),
            (8, Some(to), _) => self.order(SendText::new(to, "x")),
            (9, Some(to), _) => self.order(SendText::new(to, "").key("k")),
            (10, Some(to), _) => self.order(SendText::new(to.clone(), "y").mention([to])),
            (11, Some(to), _) => {
                self.order(SendImage::new(to, Attachment::bytes("a.png", &b"x"[..])))
            }
            (12, Some(to), _) => self.order(SendVideo::new(to, Attachment::source("a.mp4", 300))),
            (13, Some(to), _) => self.order(SendFile::new(to, Attachment::source("a\"b", 3000))),
            (14, Some(to), _) => self.order(SendEmoticon::known(to, "0123456789abcdef")),
            (15, Some(to), _) => match self.media.clone() {
                Some(media) => self.order(SendFile::new(to, media)),
                None => self.order(SendFile::new(to, Attachment::source("big", 26 << 20))),
            },
            (16, Some(to), _) => self.order(MarkRead::new(to)),
            (17, Some(to), _) => self.order(FetchAvatar::of(to).big()),
            (18, Some(to), _) => self.order(FetchAvatar::member(to.clone(), to)),
            (19, Some(to), _) => self.order(FetchContacts::new(vec![to; 60])),
            (20, Some(to), _) => self.order(FetchContacts::members(to.clone(), [to])),
            (21, Some(to), _) => self.order(SetRemark::new(to, "<&>")),
            (22, Some(to), _) => self.order(Pin::new(to)),
            (23, Some(to), _) => self.order(Unpin::new(to)),
            (24, Some(to), _) => self.order(AddFriend::new(to, "hi")),
            (25, Some(to), _) => self.order(CreateRoom::new([to.clone(), to]).topic("t")),
            (26, Some(to), _) => self.order(AddMembers::new(to.clone(), [to])),
            (27, Some(to), _) => self.order(InviteMembers::new(to.clone(), [to])),
            (28, Some(to), _) => self.order(RemoveMember::new(to.clone(), to)),
            (29, Some(to), _) => self.order(RenameRoom::new(to, "t")),
            (30, Some(to), _) => self.order(LeaveRoom::new(to)),
            (31, Some(to), Some(it)) => self.order(Forward::new(to, &it)),
            (32, _, Some(it)) => self.order(Recall::message(&it)),
            (33, _, Some(it)) => self.order(FetchImage::thumbnail(&it)),
            (34, _, Some(it)) => self.order(FetchVoice::of(&it)),
            (35, _, Some(it)) => self.order(FetchVideo::of(&it).from(u64::from(chat))),
            (36, _, Some(it)) => self.order(FetchFile::of(&it)),
            (37, _, Some(it)) => self.order(FetchSticker::of(&it)),
            (38, _, Some(it)) => self.order(it.reply("z")),
            _ => match (&self.request, &self.receipt) {
                (Some(request), _) if chat % 2 == 0 => self.order(AcceptFriend::new(request)),
                (_, Some(receipt)) => self.order(Recall::of(receipt)),
                _ => {}
            },
        }
    }

    /// Somebody of this login, or of another one.
    fn chat(&self, which: u8) -> Option<ChatId> {
        const NAMES: [&str; 6] = ["filehelper", "@a1", "@@r1", "@me", "@@r9", ""];
        match NAMES.get(usize::from(which) % 7) {
            Some(name) => self.client.chat(name),
            None => Some(ChatId::new(LoginId::of("@other"), "filehelper")),
        }
    }

    fn order<C: Command<Reply: Debug + 'static> + 'static>(&mut self, command: C) {
        let (submission, ticket) = Submission::new(command);
        self.look(&submission);
        let now = self.clock();
        let id = self.client.submit(now, submission);
        self.submitted.push(id);
        let looks = self.looks;
        let redeem = move |done: Completion| match ticket.redeem(done) {
            Ok(reply) => {
                assert!(!looks || !format!("{reply:?}").contains(MARK), "{reply:?}");
                Some(Box::new(reply) as Box<dyn Any>)
            }
            Err(error) => {
                let is_foreign = matches!(error, CommandError::Misuse(Misuse::ForeignCompletion));
                assert!(!is_foreign && !error.to_string().contains(MARK));
                None
            }
        };
        assert!(
            self.pending.insert(id, Box::new(redeem)).is_none(),
            "{id} again"
        );
        self.drain();
    }
}
