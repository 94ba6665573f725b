//! Answers that may be here already.

use std::future::{Ready, ready};

use futures_util::future::{BoxFuture, Either};

use super::error::StoreError;

/// What is looked up with every request: an answer that is here, or one that has to be waited for,
/// which alone takes memory of its own. A future like any other.
pub type Lookup<'a, T> = Either<Ready<Answer<T>>, BoxFuture<'a, Answer<T>>>;

/// What a store says of something that may be absent.
pub type Answer<T> = Result<Option<T>, StoreError>;

/// An answer that is here.
pub(super) fn here<'a, T>(answer: Option<T>) -> Lookup<'a, T> {
    Either::Left(ready(Ok(answer)))
}

/// An answer that has to be waited for.
pub(super) fn awaited<'a, T>(answer: impl Future<Output = Answer<T>> + Send + 'a) -> Lookup<'a, T> {
    Either::Right(Box::pin(answer))
}

/// The answer, if it is here. Otherwise nothing has been asked.
pub(crate) fn if_here<T>(lookup: Lookup<'_, T>) -> Option<Answer<T>> {
    match lookup {
        Either::Left(answer) => Some(answer.into_inner()),
        Either::Right(_) => None,
    }
}
