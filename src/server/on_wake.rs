//! Futures that are polled only when they have something to say.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use pin_project_lite::pin_project;

pin_project! {
    /// A future that is polled at first and when it was woken itself, and not each time that the
    /// task is polled of which it is a part.
    pub(super) struct OnWake<F> {
        #[pin]
        future: F,
        bell: Arc<Bell>,
    }
}

impl<F> OnWake<F> {
    pub(super) fn new(future: F) -> Self {
        let bell = Bell { has_rung: AtomicBool::new(true), task: AtomicWaker::new() };
        Self { future, bell: Arc::new(bell) }
    }
}

impl<F: Future> Future for OnWake<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // Before it is asked whether it has rung, so that no ring is missed.
        this.bell.task.register(cx.waker());
        if !this.bell.has_rung.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        // From here on it may ring again, and what it has rung for until now is seen by the future.
        this.bell.has_rung.swap(false, Ordering::AcqRel);
        let waker = Waker::from(Arc::clone(this.bell));
        this.future.poll(&mut Context::from_waker(&waker))
    }
}

/// What the future rings to be polled.
struct Bell {
    has_rung: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A swap and no store: of two who ring, what the first has rung for is not to be lost sight of.
        self.has_rung.swap(true, Ordering::AcqRel);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;

    use futures_util::poll;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn it_is_polled_at_first_and_when_it_was_woken() {
        let (send, receive) = oneshot::channel();
        let (mut receive, polls) = (pin!(receive), Cell::new(0));
        let counted = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            receive.as_mut().poll(cx)
        });
        let mut on_wake = pin!(OnWake::new(counted));
        for _ in 0..3 {
            assert!(poll!(on_wake.as_mut()).is_pending());
        }
        assert_eq!(polls.get(), 1);
        send.send("rung").unwrap();
        assert_eq!(poll!(on_wake.as_mut()), Poll::Ready(Ok("rung")));
        assert_eq!(polls.get(), 2);
    }

    #[tokio::test]
    async fn it_wakes_the_task_that_waits_for_it() {
        let (send, receive) = oneshot::channel();
        let waiting = tokio::spawn(OnWake::new(receive));
        yield_now().await;
        send.send("rung").unwrap();
        assert_eq!(waiting.await.unwrap(), Ok("rung"));
    }
}
