//! What a command does, step by step: a machine for each kind, which knows nothing of queues, pace
//! and repetition. It says which step is next, makes its request, and takes what came of it.

mod call;
mod check;
mod fetch;
mod said;
mod send;
mod step;
mod upload;

use call::Call;
use fetch::Fetch;
pub(crate) use said::Said;
use send::Send;
pub(crate) use step::{Outcome, Step};
use upload::Upload;

use std::time::Duration;

use bytes::Bytes;

use crate::{
    command::{CommandError, JobOrder, Misuse},
    cx::{Cx, Failure},
    endpoint::{Context, Draft},
    id::{ChatId, ClientMsgId, CommandId},
    output::Reply,
    pacer::PaceClass,
    roster::Roster,
    secret::Secret,
    session::Session,
    transport::{SourceErrorKind, TransportError},
};

pub(crate) enum Job {
    Send(Box<Send>),
    Upload(Box<Upload>),
    Fetch(Box<Fetch>),
    Call(Box<Call>),
}

impl Job {
    /// The job of an order, or why it cannot be carried out as it is.
    pub(crate) fn new(
        cx: &mut Cx,
        roster: &Roster,
        id: CommandId,
        order: JobOrder,
    ) -> Result<Self, CommandError> {
        let send = |made: Result<Send, Misuse>| made.map(|job| Self::Send(Box::new(job)));
        let fetch = |made: Result<Fetch, Misuse>| made.map(|job| Self::Fetch(Box::new(job)));
        let job = match order {
            JobOrder::SendText(it) => send(Send::text(cx, roster, id, it)),
            JobOrder::SendImage(it) => send(Send::image(cx, id, it)),
            JobOrder::SendEmoticon(it) => send(Send::emoticon(cx, id, it)),
            JobOrder::SendVideo(it) => send(Send::video(cx, id, it)),
            JobOrder::SendFile(it) => send(Send::file(cx, id, it)),
            JobOrder::Forward(it) => send(Send::forward(cx, id, it)),
            JobOrder::Upload(it) => {
                Upload::alone(cx, id, it).map(|job| Self::Upload(Box::new(job)))
            }
            JobOrder::FetchImage(it) => fetch(Fetch::image(cx, id, it)),
            JobOrder::FetchSticker(it) => fetch(Fetch::sticker(cx, id, it)),
            JobOrder::FetchVoice(it) => fetch(Fetch::voice(cx, id, it)),
            JobOrder::FetchVideo(it) => fetch(Fetch::video(cx, id, it)),
            JobOrder::FetchFile(it) => fetch(Fetch::file(cx, id, it)),
            JobOrder::FetchMap(it) => fetch(Fetch::map(cx, id, it)),
            JobOrder::FetchAvatar(it) => fetch(Fetch::avatar(cx, roster, id, it)),
            JobOrder::Call(it) => {
                Call::new(cx, roster, id, it).map(|job| Self::Call(Box::new(job)))
            }
        };
        job.map_err(CommandError::Misuse)
    }

    /// The name of the command.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Send(job) => job.name(),
            Self::Upload(_) => "Upload",
            Self::Fetch(job) => job.name(),
            Self::Call(job) => job.name(),
        }
    }

    /// Where it says something.
    pub(crate) fn chat(&self) -> Option<&ChatId> {
        match self {
            Self::Send(job) => Some(job.chat()),
            _ => None,
        }
    }

    /// The id of the message that it says.
    pub(crate) fn client_msg_id(&self) -> Option<ClientMsgId> {
        match self {
            Self::Send(job) => Some(job.client_msg_id()),
            _ => None,
        }
    }

    /// Whether the next step has to wait for what was submitted before for the same chat.
    pub(crate) fn takes_turn(&self) -> bool {
        matches!(self, Self::Send(job) if job.upload().is_none())
    }

    /// Whether the next step carries a file, or a part of one.
    pub(crate) fn is_transfer(&self) -> bool {
        match self {
            Self::Send(job) => job.upload().is_some(),
            Self::Upload(_) | Self::Fetch(_) => true,
            Self::Call(_) => false,
        }
    }

    /// Whether the next request does what the command is for, so that its loss leaves a doubt.
    pub(crate) fn is_deed(&self) -> bool {
        match self {
            Self::Send(job) => job.upload().is_none(),
            Self::Upload(_) | Self::Fetch(_) => false,
            Self::Call(job) => job.is_deed(),
        }
    }

    /// What the next request counts as.
    pub(crate) fn class(&self) -> PaceClass {
        match self {
            Self::Send(job) => job.class(),
            Self::Upload(_) => PaceClass::Upload,
            Self::Fetch(_) => PaceClass::Fetch,
            Self::Call(job) => job.class(),
        }
    }

    pub(crate) fn step(&self) -> Step {
        match self {
            Self::Send(job) => job.step(),
            Self::Upload(job) => job.step(),
            Self::Fetch(job) => Step::Ask(job.endpoint()),
            Self::Call(job) => Step::Ask(job.endpoint()),
        }
    }

    /// How much longer than usual the next request may take.
    pub(crate) fn extra_time(&self) -> Duration {
        match self {
            Self::Fetch(job) => job.extra_time(),
            _ => Duration::ZERO,
        }
    }

    /// The request of the next step. `ticket`: the one that the hosts of files want.
    /// `None` if there is no request to make.
    pub(crate) fn draft(
        &self,
        cx: &Context<'_>,
        session: &Session,
        ticket: &Secret,
    ) -> Option<Draft> {
        match self {
            Self::Send(job) => job.draft(cx, session, ticket),
            Self::Upload(job) => job.draft(cx, session, ticket),
            Self::Fetch(job) => Some(job.draft(cx, session, ticket)),
            Self::Call(job) => job.draft(cx, session),
        }
    }

    /// What came of that request.
    pub(crate) fn answered(
        &mut self,
        cx: &Cx,
        reply: Result<Reply, TransportError>,
    ) -> Result<Outcome, Failure> {
        match self {
            Self::Send(job) => job.answered(cx, reply),
            Self::Upload(job) => job.answered(cx, reply),
            Self::Fetch(job) => job.answered(reply),
            Self::Call(job) => job.answered(cx, reply),
        }
    }

    /// The block that [`Step::Read`] asked for.
    pub(crate) fn took(&mut self, block: Bytes) -> Result<(), SourceErrorKind> {
        match self {
            Self::Send(job) => job.upload_mut().map_or(Ok(()), |upload| upload.took(block)),
            Self::Upload(job) => job.took(block),
            Self::Fetch(_) | Self::Call(_) => Ok(()),
        }
    }

    /// Bytes that are through, and bytes in all.
    pub(crate) fn progress(&self) -> Option<(u64, u64)> {
        match self {
            Self::Send(job) => job.progress(),
            Self::Upload(job) => Some(job.progress()),
            Self::Fetch(_) | Self::Call(_) => None,
        }
    }

    /// Whether another try would write the same bytes twice, or may not be.
    pub(crate) fn is_spent(&self) -> bool {
        match self {
            Self::Fetch(job) => job.is_spent(),
            Self::Call(job) => job.is_single(),
            _ => false,
        }
    }

    /// How what it says looks when the service shows it to us.
    pub(crate) fn said(&self) -> Option<Said> {
        match self {
            Self::Send(job) => job.said(),
            _ => None,
        }
    }
}
