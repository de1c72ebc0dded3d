//! What others hold of a running driver: commands to it, and the tokens it keeps.
//!
//! A live token costs a caller one load and two looks at a clock. Without one, callers ask
//! once, together, and share what comes: the token, or the reason why there is none.
//!
//! Invariant: while a question for a grant's token is open, no second one is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use rackrate_auth::lifecycle::{Life, Ticket};
use rackrate_core::auth::Token;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::secret::Secret;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use crate::driver::Clock;
use crate::engine::types::{Event, Failure, GrantIx};

/// What a handle asks of the driver.
#[derive(Debug)]
pub(crate) enum Command {
    Event(Event),
    Finish,
    Stop,
}

/// Commands to a running driver; cheap to clone. When the last one is gone, and the last
/// [`TokenHandle`], the driver ends as if [`Handle::finish`] had been called.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: UnboundedSender<Command>,
    tokens: Arc<Cells>,
    clock: Clock,
}

impl Handle {
    pub(crate) fn new(
        commands: UnboundedSender<Command>,
        tokens: Arc<Cells>,
        clock: Clock,
    ) -> Self {
        Self {
            commands,
            tokens,
            clock,
        }
    }

    /// Asks for something.
    ///
    /// # Errors
    /// [`Gone`] when the driver has ended.
    pub fn ask(&self, event: Event) -> Result<(), Gone> {
        self.tell(Command::Event(event))
    }

    /// Ends the run when nothing is left to do.
    ///
    /// # Errors
    /// [`Gone`] when the driver has ended.
    pub fn finish(&self) -> Result<(), Gone> {
        self.tell(Command::Finish)
    }

    /// Lets nothing new leave, waits for answers under way within the grace, then ends.
    ///
    /// # Errors
    /// [`Gone`] when the driver has ended.
    pub fn stop(&self) -> Result<(), Gone> {
        self.tell(Command::Stop)
    }

    /// The current token of a grant; see [`TokenHandle::get`].
    ///
    /// # Errors
    /// Why there is none.
    pub async fn token(&self, grant: GrantIx) -> Result<Arc<AccessToken>, NoToken> {
        self.tokens.get(grant, &self.clock, &self.commands).await
    }

    /// The tokens of one grant, for those who need nothing else.
    pub fn tokens(&self, grant: GrantIx) -> TokenHandle {
        TokenHandle {
            handle: self.clone(),
            grant,
        }
    }

    fn tell(&self, command: Command) -> Result<(), Gone> {
        self.commands.send(command).map_err(|_| Gone)
    }
}

/// The tokens of one grant; cheap to clone.
#[derive(Clone, Debug)]
pub struct TokenHandle {
    handle: Handle,
    grant: GrantIx,
}

impl TokenHandle {
    /// A token that is alive now. Callers that find none share one request and its end.
    ///
    /// # Errors
    /// [`NoToken`] after a whole round of failed tries, at once while the endpoint is given
    /// its rest, when an attempt hangs until its deadline, and when the run ends.
    pub async fn get(&self) -> Result<Arc<AccessToken>, NoToken> {
        self.handle.token(self.grant).await
    }
}

/// The driver has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run has ended")]
pub struct Gone;

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// The token endpoint or the way to it failed, or the grant is dead.
    #[error("no token: {}", .0.text)]
    Failed(Arc<Failure>),
    /// The secret itself is the credential.
    #[error("this connection has a key, not tokens")]
    Static,
    /// There is no such grant in this run.
    #[error("there is no such grant")]
    Unknown,
    /// The run has ended.
    #[error("the run has ended")]
    Ended,
}

/// A token and how long it may be used.
#[derive(Clone, Debug)]
pub struct AccessToken {
    access: Secret,
    ticket: Ticket,
    renew: (Mono, Wall),
    end: (Mono, Wall),
}

impl AccessToken {
    /// A token that was asked for at `left`: its life counts from there.
    pub(crate) fn new(ticket: Ticket, token: &Token, left: (Mono, Wall)) -> Self {
        let life = Life::of(token.lifetime);
        let after = |span| (left.0.after(span), left.1.after(span));
        Self {
            access: token.access.clone(),
            ticket,
            renew: after(life.fresh),
            end: after(life.whole),
        }
    }

    /// The token.
    pub fn access(&self) -> &Secret {
        &self.access
    }

    /// When it ends, in civil time.
    pub fn until(&self) -> Wall {
        self.end.1
    }

    fn is_before(of: (Mono, Wall), now: (Mono, Wall)) -> bool {
        now.0 < of.0 && now.1 < of.1
    }
}

type News = Option<Result<Arc<AccessToken>, NoToken>>;

/// The tokens of a run, by the index of their grants.
#[derive(Debug)]
pub(crate) struct Cells(Vec<Cell>);

#[derive(Debug)]
struct Cell {
    current: ArcSwapOption<AccessToken>,
    /// A question is open, and its answer will be news.
    asked: AtomicBool,
    news: watch::Sender<News>,
}

impl Cells {
    pub(crate) fn new(grants: usize) -> Self {
        let cell = |_| Cell {
            current: ArcSwapOption::empty(),
            asked: AtomicBool::new(false),
            news: watch::Sender::new(None),
        };
        Self((0..grants).map(cell).collect())
    }

    /// The grant has a new token.
    pub(crate) fn renewed(&self, grant: GrantIx, token: AccessToken) {
        if let Some(cell) = self.0.get(grant.0) {
            let token = Arc::new(token);
            cell.current.store(Some(Arc::clone(&token)));
            cell.tell(Ok(token), false);
        }
    }

    /// The grant keeps the token of that ticket; false when it has another one. While a
    /// request for the next is under way there is no need to ask again.
    pub(crate) fn kept(&self, grant: GrantIx, ticket: Ticket, asking: bool) -> bool {
        let cell = self.0.get(grant.0);
        let kept = cell.and_then(|cell| Some((cell, cell.current.load_full()?)));
        let Some((cell, token)) = kept.filter(|(_, token)| token.ticket == ticket) else {
            return false;
        };
        cell.tell(Ok(token), asking);
        true
    }

    /// The token of that ticket is refused: nobody gets it any more.
    pub(crate) fn withdrawn(&self, grant: GrantIx, ticket: Ticket) {
        let cell = self.0.get(grant.0);
        let refused = cell.filter(|cell| {
            let current = cell.current.load();
            current.as_ref().is_some_and(|token| token.ticket == ticket)
        });
        if let Some(cell) = refused {
            cell.current.store(None);
        }
    }

    /// Those who wait get this.
    pub(crate) fn failed(&self, grant: GrantIx, why: NoToken) {
        if let Some(cell) = self.0.get(grant.0) {
            cell.tell(Err(why), false);
        }
    }

    /// A token request came to its end: the next caller may ask again.
    pub(crate) fn unasked(&self, grant: GrantIx) {
        if let Some(cell) = self.0.get(grant.0) {
            cell.asked.store(false, Ordering::SeqCst);
        }
    }

    /// No answer will come any more.
    pub(crate) fn close(&self) {
        for cell in &self.0 {
            cell.tell(Err(NoToken::Ended), false);
        }
    }

    async fn get(
        &self,
        grant: GrantIx,
        clock: &Clock,
        commands: &UnboundedSender<Command>,
    ) -> Result<Arc<AccessToken>, NoToken> {
        let cell = self.0.get(grant.0).ok_or(NoToken::Unknown)?;
        let now = clock.moment();
        if let Some(token) = cell.alive(now) {
            if !AccessToken::is_before(token.renew, now) {
                cell.ask(grant, commands)?;
            }
            return Ok(token);
        }
        let mut news = cell.news.subscribe();
        // A token that came before the subscription is no news to it.
        if let Some(token) = cell.alive(now) {
            return Ok(token);
        }
        cell.ask(grant, commands)?;
        news.changed().await.map_err(|_| NoToken::Ended)?;
        let answer = news.borrow_and_update().clone();
        answer.unwrap_or(Err(NoToken::Ended))
    }
}

impl Cell {
    fn alive(&self, now: (Mono, Wall)) -> Option<Arc<AccessToken>> {
        let current = self.current.load();
        let alive = |token: &&Arc<AccessToken>| AccessToken::is_before(token.end, now);
        current.as_ref().filter(alive).map(Arc::clone)
    }

    fn ask(&self, grant: GrantIx, commands: &UnboundedSender<Command>) -> Result<(), NoToken> {
        if self.asked.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let told = commands.send(Command::Event(Event::TokenWanted(grant)));
        told.map_err(|_| {
            // Others may have begun to wait for the answer to this question.
            self.tell(Err(NoToken::Ended), false);
            NoToken::Ended
        })
    }

    /// Spreads news. The mark is set before them: whoever subscribes later must find it.
    fn tell(&self, news: Result<Arc<AccessToken>, NoToken>, asked: bool) {
        self.asked.store(asked, Ordering::SeqCst);
        self.news.send_replace(Some(news));
    }
}
