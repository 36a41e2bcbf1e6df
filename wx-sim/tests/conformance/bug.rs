//! Ways to be wrong.

/// One thing that a driver does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// Headers of its own.
    AddsHeader,
    /// A redirect is followed.
    FollowsRedirects,
    /// A jar besides the client's.
    KeepsCookies,
    /// A 5xx is an error.
    ErrorOnStatus,
    /// Unpacks, and leaves the header.
    Unpacks,
    /// Takes the whole body in before it asks the rule.
    ReadsItAll,
    /// Takes garbage for a lost connection.
    GarbageIsReset,
    /// Asks again by itself.
    Repeats,
    /// Says that nothing was sent, whatever was.
    ResetIsConnect,
    /// Aborts nothing.
    NeverAborts,
    /// Sleeps until something else happens.
    NeverWakes,
    /// Wakes only when nobody has called for a while.
    CallsFirst,
    /// Unix time of the start, for ever.
    StoppedClock,
    /// Leaves as soon as it is told to close.
    LeavesEarly,
    /// Keeps the events of the end to itself.
    DropsLastEvents,
    /// One place for all who wait.
    OneWaiter,
    /// Goes on with what nobody waits for.
    NeverCancels,
    /// Takes a command that nobody waits for as one that was given up.
    CancelsPosted,
    /// Submits what was given up before its turn.
    SubmitsLate,
    /// A logout when the handles are gone.
    LogsOutOnDrop,
    /// The stream does not count as a handle.
    ForgetsStream,
    /// Takes events before somebody asks.
    PopsUnasked,
    /// Waits for the reader.
    BlocksOnEvents,
    /// An event is dealt with as soon as it was given out.
    AcknowledgesEarly,
    /// Without a stream nothing is acknowledged.
    KeepsUnread,
    /// Fewer bytes than asked for.
    ShortBlocks,
    /// A sink that is full is as good as any.
    DropsBytes,
    /// Does not tell how much reached the sink.
    MiscountsSink,
    /// Connects directly, whatever it was told.
    IgnoresProxy,
    /// Saves nothing before the end.
    SavesLate,
    /// Nobody does anything while it is saved.
    SavesOnTheLoop,
    /// What could not be saved is not.
    SavesOnce,
    /// The last change is not saved.
    ForgetsTheEnd,
    /// Leaves what was logged out in the store.
    KeepsAfterLogout,
    /// Takes a reader that has failed for one that is done.
    TakesPanicForGoodbye,
}

impl Bug {
    /// By its number: only numbers can be parameters of a type.
    pub(crate) fn of(number: u8) -> Self {
        let mut all = Self::ALL.iter().copied();
        all.find(|bug| *bug as u8 == number).unwrap()
    }

    pub(crate) const ALL: &[Self] = &[
        Self::None,
        Self::AddsHeader,
        Self::FollowsRedirects,
        Self::KeepsCookies,
        Self::ErrorOnStatus,
        Self::Unpacks,
        Self::ReadsItAll,
        Self::GarbageIsReset,
        Self::Repeats,
        Self::ResetIsConnect,
        Self::NeverAborts,
        Self::NeverWakes,
        Self::CallsFirst,
        Self::StoppedClock,
        Self::LeavesEarly,
        Self::DropsLastEvents,
        Self::OneWaiter,
        Self::NeverCancels,
        Self::CancelsPosted,
        Self::SubmitsLate,
        Self::LogsOutOnDrop,
        Self::ForgetsStream,
        Self::PopsUnasked,
        Self::BlocksOnEvents,
        Self::AcknowledgesEarly,
        Self::KeepsUnread,
        Self::ShortBlocks,
        Self::DropsBytes,
        Self::MiscountsSink,
        Self::IgnoresProxy,
        Self::SavesLate,
        Self::SavesOnTheLoop,
        Self::SavesOnce,
        Self::ForgetsTheEnd,
        Self::KeepsAfterLogout,
        Self::TakesPanicForGoodbye,
    ];
}
