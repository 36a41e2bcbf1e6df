//! What was said, what came, and what was covered when: who is right.

/// One message that was said.
struct Entry {
    chat: usize,
    /// How often it was handed to the application.
    times: u32,
    /// The life in which it was handed over last.
    life: u32,
    /// A save that covered it has returned.
    is_covered: bool,
}

/// Messages are numbered from 0, over all chats.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    chats: Vec<Chat>,
    life: u32,
    /// Acknowledged in this life: before the save before last returned, and since.
    acknowledged: [Vec<usize>; 2],
    /// The last thing told of saves is that one began.
    pub(crate) is_saving: bool,
    /// In this life.
    pub(crate) saves_begun: u32,
    pub(crate) said_to_nobody: u32,
    pub(crate) handed_over: u32,
    pub(crate) repeated: u32,
    pub(crate) saves: u32,
    pub(crate) covered_again: u32,
    pub(crate) out_of_order: u32,
    /// Told and never true.
    nonsense: u32,
}

#[derive(Default)]
struct Chat {
    /// All that was said there.
    numbers: Vec<usize>,
    /// How many of them came.
    came: usize,
    /// The latest of this life.
    last: Option<usize>,
}

impl Ledger {
    pub(crate) fn new(chats: usize) -> Self {
        Self {
            chats: (0..chats).map(|_| Chat::default()).collect(),
            ..Self::default()
        }
    }

    /// A message is said; its number.
    pub(crate) fn say(&mut self, chat: usize, is_heard: bool) -> usize {
        let number = self.entries.len();
        self.entries.push(Entry {
            chat,
            times: 0,
            life: 0,
            is_covered: false,
        });
        if let Some(chat) = self.chats.get_mut(chat) {
            chat.numbers.push(number);
        }
        self.said_to_nobody += u32::from(!is_heard);
        number
    }

    pub(crate) fn new_life(&mut self) {
        self.life += 1;
        self.acknowledged = Default::default();
        self.chats.iter_mut().for_each(|chat| chat.last = None);
        self.is_saving = false;
        self.saves_begun = 0;
    }

    /// A line that the client told, in the order of its doings.
    pub(crate) fn take(&mut self, line: &str) {
        let mut words = line.split(' ');
        let first = words.next();
        let numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
        match (first, numbers.as_slice()) {
            (Some("got"), [number]) => self.got(*number),
            (Some("done"), [number]) => self.acknowledged[1].push(*number),
            (Some("saving"), []) => {
                self.is_saving = true;
                self.saves_begun += 1;
            }
            (Some("saved"), covered) => self.saved(covered),
            (Some("ended"), _) => {}
            _ => self.complain(line, "is no line of a client"),
        }
    }

    fn got(&mut self, number: usize) {
        let Some(entry) = self.entries.get_mut(number) else {
            return self.complain(&number.to_string(), "was never said");
        };
        self.handed_over += 1;
        let is_first = entry.times == 0;
        self.repeated += u32::from(!is_first);
        let is_twice = !is_first && entry.life == self.life;
        let is_covered = entry.is_covered;
        entry.times += 1;
        entry.life = self.life;
        let Some(chat) = self.chats.get_mut(entry.chat) else {
            return;
        };
        let mut in_order = chat.last < Some(number);
        chat.last = Some(number);
        if is_first {
            // Nothing of that chat was passed over.
            in_order &= chat.numbers.get(chat.came) == Some(&number);
            chat.came += 1;
        }
        if is_covered || is_twice {
            self.covered_again += 1;
            let why = if is_twice {
                "this life has had it"
            } else {
                "a save covered it"
            };
            eprintln!("life {}: {number} came again, although {why}", self.life);
        }
        if !in_order {
            self.out_of_order += 1;
            eprintln!("life {}: {number} is out of order", self.life);
        }
    }

    /// A save has returned. What it covers is what it says; and whatever was acknowledged before the
    /// save before it returned, because one begins after the other.
    fn saved(&mut self, says: &[usize]) {
        self.saves += 1;
        self.is_saving = false;
        let [before, since] = std::mem::take(&mut self.acknowledged);
        for number in before.iter().chain(says) {
            if let Some(entry) = self.entries.get_mut(*number) {
                entry.is_covered = true;
            }
        }
        self.acknowledged[0] = since;
    }

    fn complain(&mut self, what: &str, why: &str) {
        self.nonsense += 1;
        eprintln!("life {}: {what:?} {why}", self.life);
    }

    pub(crate) fn said(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn lost(&self) -> usize {
        let lost = self.entries.iter().filter(|entry| entry.times == 0);
        lost.count()
    }

    pub(crate) fn is_good(&self) -> bool {
        self.lost() == 0 && self.covered_again == 0 && self.out_of_order == 0 && self.nonsense == 0
    }
}
