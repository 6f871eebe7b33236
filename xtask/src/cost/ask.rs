//! What is asked for: how many users, how long, how much.

/// How a client hears of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Socket,
    Sse,
    Poll,
}

impl Transport {
    pub(crate) const ALL: [Self; 3] = [Self::Socket, Self::Sse, Self::Poll];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Sse => "sse",
            Self::Poll => "poll",
        }
    }
}

/// A month of a deployment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ask {
    /// Users who come on a day.
    pub(crate) users: f64,
    /// Hours that each of them is connected on a day.
    pub(crate) hours: f64,
    /// Notifications to each of them on a day.
    pub(crate) events: f64,
    /// Broadcasts to everyone on a day.
    pub(crate) broadcasts: f64,
    /// Marks by each of them on a day, one by one.
    pub(crate) marks: f64,
    /// Pages of their inbox that each of them opens on a day.
    pub(crate) pages: f64,
    /// Seconds between two polls.
    pub(crate) poll_s: f64,
    /// Days a month.
    pub(crate) days: f64,
    /// The transport whose bill is shown service by service.
    pub(crate) transport: Transport,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            users: 10_000.0,
            hours: 8.0,
            events: 20.0,
            broadcasts: 2.0,
            marks: 10.0,
            pages: 5.0,
            poll_s: 30.0,
            days: 30.0,
            transport: Transport::Socket,
        }
    }
}

/// What can be said, with what it means.
pub(crate) const OPTIONS: [(&str, &str); 9] = [
    ("--users", "who come on a day (10000)"),
    ("--hours", "that each is connected on a day (8)"),
    ("--events", "to each on a day (20)"),
    ("--broadcasts", "to everyone on a day (2)"),
    ("--marks", "by each on a day (10)"),
    ("--pages", "that each opens on a day (5)"),
    ("--poll-seconds", "between two polls (30)"),
    ("--days", "a month (30)"),
    ("--transport", "whose bill is shown by service: socket, sse or poll (socket)"),
];

impl Ask {
    /// Reads `--users 5000 --transport sse`.
    ///
    /// # Errors
    /// What is wrong, and what there is.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut ask = Self::default();
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err(usage(&format!("{} needs a value", pair.join(" ")))) };
            if *name == "--transport" {
                let known = Transport::ALL.into_iter().find(|transport| transport.name() == *value);
                ask.transport = known.ok_or_else(|| usage(&format!("{value} is no transport")))?;
                continue;
            }
            let number: f64 = value
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite() && *number >= 0.0)
                .ok_or_else(|| usage(&format!("{name} {value}: a number, 0 or more, is needed")))?;
            *ask.field(name).ok_or_else(|| usage(&format!("there is no {name}")))? = number;
        }
        if ask.hours > 24.0 || ask.poll_s < 1.0 {
            return Err(usage("a day has 24 hours, and polls come a second apart at least"));
        }
        Ok(ask)
    }

    fn field(&mut self, name: &str) -> Option<&mut f64> {
        Some(match name {
            "--users" => &mut self.users,
            "--hours" => &mut self.hours,
            "--events" => &mut self.events,
            "--broadcasts" => &mut self.broadcasts,
            "--marks" => &mut self.marks,
            "--pages" => &mut self.pages,
            "--poll-seconds" => &mut self.poll_s,
            "--days" => &mut self.days,
            _ => return None,
        })
    }

    /// Users who are connected at one moment, the day over.
    pub(crate) fn at_once(&self) -> f64 {
        self.users * self.hours / 24.0
    }
}

/// All options, one a line.
pub(crate) fn understood() -> String {
    let options: Vec<String> = OPTIONS.iter().map(|(name, means)| format!("  {name:<15} {means}")).collect();
    format!("cargo xtask cost understands:\n{}", options.join("\n"))
}

fn usage(what: &str) -> String {
    format!("{what}\n{}", understood())
}
