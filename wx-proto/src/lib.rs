//! The Web WeChat protocol as a sans-IO state machine.

mod id;
mod rng;
mod secret;
mod time;

pub use crate::{
    id::{BlockId, ChatId, ClientMsgId, CommandId, EventId, MsgId, RequestId},
    rng::Seed,
    secret::Secret,
    time::{Now, Stamp},
};
