//! Tickets: for sockets, and for clients that cannot set headers.

use inbox::audience::Reader;
use inbox::id::{Tenant, Topic, UserId};
use inbox::limits;
use inbox::moment::Moment;

use crate::{Error, Service, TicketHolder};

/// Parts the fields of a stored holder: in no id, since ids hold no control characters.
const SEPARATOR: char = '\u{1f}';

impl Service {
    /// A ticket for this holder: 128 bits of chance as text, good once, for a minute.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn issue_ticket(&self, holder: &TicketHolder) -> Result<String, Error> {
        let ticket = format!("{:016x}{:016x}", self.inner.entropy.u64(), self.inner.entropy.u64());
        let expires = self.now().plus(limits::TICKET_LIFE).min(holder.expires);
        self.inner.table.put_ticket(&ticket, &write(holder), expires).await?;
        Ok(ticket)
    }

    /// Takes a ticket; `None` where it is unknown, used or expired. Of two that try, one gets it.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Option<TicketHolder>, Error> {
        let well_formed = ticket.len() == 32 && ticket.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !well_formed {
            return Ok(None);
        }
        let holder = self.inner.table.take_ticket(ticket, self.now()).await?;
        holder.map(|text| read(&text).ok_or_else(|| Error::Internal("a ticket cannot be read".into()))).transpose()
    }
}

fn write(holder: &TicketHolder) -> String {
    let topics = holder.reader.topics.iter().map(Topic::as_str).collect::<Vec<_>>().join(" ");
    let role = format!("{}{}", u8::from(holder.admin), u8::from(holder.service));
    let tenant = holder.reader.tenant.as_ref().map_or("", Tenant::as_str);
    let expires = holder.expires.millis().to_string();
    [holder.reader.user.as_str(), tenant, &topics, &role, &expires].join(&SEPARATOR.to_string())
}

fn read(text: &str) -> Option<TicketHolder> {
    let fields: Vec<&str> = text.split(SEPARATOR).collect();
    let [user, tenant, topics, role, expires] = fields.as_slice() else { return None };
    let tenant = if tenant.is_empty() { None } else { Some(Tenant::parse(tenant).ok()?) };
    let topics = topics.split_whitespace().map(Topic::parse).collect::<Result<_, _>>().ok()?;
    Some(TicketHolder {
        reader: Reader::new(tenant, UserId::parse(user).ok()?, topics),
        admin: role.starts_with('1'),
        service: role.ends_with('1'),
        expires: Moment::from_millis(expires.parse().ok()?),
    })
}
