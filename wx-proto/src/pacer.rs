//! How fast commands leave, by class: what the service bears of one kind says nothing about another.

mod bucket;

use bucket::Bucket;

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{
    config::{Pace, Rate},
    error::ApiError,
    time::Stamp,
};

/// What the service counts together when it says "too often".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PaceClass {
    /// Texts.
    Text,
    /// Pictures, videos, stickers, files, and what is forwarded.
    Media,
    /// Pieces of files on their way to the service.
    Upload,
    /// Files on their way from the service.
    Fetch,
    /// Requests to strangers, and answers to theirs.
    Contact,
    /// Rooms: making, filling, naming, leaving them.
    Room,
    /// Everything else.
    Call,
}

impl fmt::Display for PaceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "texts",
            Self::Media => "media",
            Self::Upload => "uploads",
            Self::Fetch => "downloads",
            Self::Contact => "friend requests",
            Self::Room => "rooms",
            Self::Call => "calls",
        })
    }
}

impl Pace {
    fn rate(&self, class: PaceClass) -> Rate {
        match class {
            PaceClass::Text => self.text,
            PaceClass::Media => self.media,
            PaceClass::Contact => self.contact,
            PaceClass::Room => self.room,
            PaceClass::Call => self.call,
            // Two at a time is slow enough.
            PaceClass::Upload | PaceClass::Fetch => Rate::FREE,
        }
    }
}

/// The buckets of all classes.
#[derive(Debug)]
pub(crate) struct Pacer {
    pace: Pace,
    lanes: BTreeMap<PaceClass, Lane>,
}

#[derive(Debug)]
struct Lane {
    bucket: Bucket,
    /// How often the service said "too often" since something went through.
    too_often: u32,
    /// How it said so last.
    refusal: Option<ApiError>,
}

/// The first pause after "too often"; it doubles up to half an hour.
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);

impl Pacer {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            lanes: BTreeMap::new(),
        }
    }

    fn lane(&mut self, class: PaceClass) -> &mut Lane {
        let rate = self.pace.rate(class);
        self.lanes.entry(class).or_insert_with(|| Lane {
            bucket: Bucket::new(rate),
            too_often: 0,
            refusal: None,
        })
    }

    /// Lets one through, or says how long to wait for the next chance. `jitter`: any number.
    pub(crate) fn take(
        &mut self,
        class: PaceClass,
        now: Stamp,
        jitter: u64,
    ) -> Result<(), Duration> {
        self.lane(class).bucket.take(now, jitter)
    }

    /// Something of this class went through.
    pub(crate) fn went_through(&mut self, class: PaceClass) {
        self.lane(class).too_often = 0;
    }

    /// "Too often" stops the class. `None` if it is stopped already: said of several that were on
    /// their way together, it is said once.
    pub(crate) fn slow_down(
        &mut self,
        class: PaceClass,
        now: Stamp,
        error: &ApiError,
    ) -> Option<Duration> {
        let lane = self.lane(class);
        if lane.bucket.is_closed(now) {
            return None;
        }
        let pause = (TOO_OFTEN_PAUSE * (1 << lane.too_often.min(5))).min(LONGEST_PAUSE);
        lane.too_often += 1;
        lane.bucket.pause(now + pause);
        lane.refusal = Some(error.clone());
        Some(pause)
    }

    /// Why a class is stopped, and until when.
    pub(crate) fn refusal(&self, class: PaceClass, now: Stamp) -> Option<(&ApiError, Stamp)> {
        let lane = self.lanes.get(&class)?;
        let until = lane.bucket.closed_until();
        let refusal = lane.refusal.as_ref()?;
        (now < until).then_some((refusal, until))
    }
}
