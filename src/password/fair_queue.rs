//! The order of the queued hashing jobs: start-time fair queueing, by network and by account.
//!
//! Each job has a start time in virtual time, which is the work done: the latest of the current
//! virtual time and of the ends of the jobs of its network and of its account. The job with the earliest
//! start is next. So a network or an account with many jobs gets its share, and another one does not
//! wait for them. (Goyal, Vin and Cheng, 1996; here a job belongs to two flows.)

use std::collections::HashMap;

use super::origin::{AccountKey, Origin};
use crate::domain::ClientNetwork;

/// The work of a job, in thousandths of that of a new hash.
pub(super) type Work = u64;
/// The work of a new hash.
pub(super) const NEW_HASH: Work = 1000;

/// A bounded queue that is fair between the origins of its jobs.
pub(super) struct FairQueue<T> {
    capacity: usize,
    waiting: Vec<Waiting<T>>,
    /// The start of the last job that was taken.
    now: Work,
    /// The ends of the jobs that were taken, by flow; those before `now` are without effect.
    ends: HashMap<Flow, Work>,
    last_id: JobId,
}

/// Identifies a queued job.
pub(super) type JobId = u64;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Flow {
    Network(Option<ClientNetwork>),
    Account(Option<AccountKey>),
}

struct Waiting<T> {
    id: JobId,
    flows: [Flow; 2],
    start: Work,
    end: Work,
    job: T,
}

/// A job could not be queued; it is returned.
pub(super) struct Full<T>(pub(super) T);

/// A queued job, and the one that was removed for it, if the queue was full.
pub(super) struct Queued<T> {
    pub(super) id: JobId,
    pub(super) shed: Option<T>,
}

impl<T> FairQueue<T> {
    /// A queue for so many jobs.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, waiting: Vec::new(), now: 0, ends: HashMap::new(), last_id: 0 }
    }

    /// Queues a job. If the queue is full, the job that would be last of all is shed: it belongs to the
    /// network or account that takes most.
    ///
    /// # Errors
    ///
    /// [`Full`] if that is this job.
    pub(super) fn push(
        &mut self,
        origin: Origin,
        work: Work,
        job: T,
    ) -> Result<Queued<T>, Full<T>> {
        let flows = flows(origin);
        let start = self.start(flows);
        let end = start.saturating_add(work);
        let mut shed = None;
        if self.waiting.len() >= self.capacity {
            match self.last() {
                Some((place, last)) if (start, end) < last => {
                    shed = Some(self.waiting.swap_remove(place).job);
                }
                _ => return Err(Full(job)),
            }
        }
        self.last_id += 1;
        let id = self.last_id;
        self.waiting.push(Waiting { id, flows, start, end, job });
        Ok(Queued { id, shed })
    }

    /// Whether [`FairQueue::push`] would accept such a job.
    pub(super) fn has_capacity(&self, origin: Origin, work: Work) -> bool {
        let start = self.start(flows(origin));
        self.waiting.len() < self.capacity
            || self.last().is_some_and(|(_, last)| (start, start.saturating_add(work)) < last)
    }

    /// Takes the next of the jobs that `is_eligible`.
    pub(super) fn pop(&mut self, is_eligible: impl Fn(&T) -> bool) -> Option<T> {
        let eligible = self.waiting.iter().enumerate().filter(|(_, it)| is_eligible(&it.job));
        let (place, _) = eligible.min_by_key(|(_, it)| (it.start, it.id))?;
        let Waiting { flows, start, end, job, .. } = self.waiting.swap_remove(place);
        if self.waiting.is_empty() {
            // Without a queue there is nothing to share.
            (self.now, self.ends) = (0, HashMap::new());
            return Some(job);
        }
        self.now = self.now.max(start);
        for flow in flows {
            self.ends.insert(flow, end);
        }
        if self.ends.len() > 4 * self.capacity {
            self.ends.retain(|_, end| *end > self.now);
        }
        Some(job)
    }

    /// Removes a queued job.
    pub(super) fn remove(&mut self, id: JobId) -> Option<T> {
        let place = self.waiting.iter().position(|it| it.id == id)?;
        Some(self.waiting.swap_remove(place).job)
    }

    /// The number of queued jobs.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether one of the queued jobs is so.
    pub(super) fn any(&self, is_so: impl Fn(&T) -> bool) -> bool {
        self.waiting.iter().any(|it| is_so(&it.job))
    }

    /// The start of a new job of these flows.
    fn start(&self, flows: [Flow; 2]) -> Work {
        let taken = flows.iter().filter_map(|flow| self.ends.get(flow)).copied();
        let waiting = self.waiting.iter().filter(|it| it.flows.iter().any(|it| flows.contains(it)));
        taken.chain(waiting.map(|it| it.end)).fold(self.now, Work::max)
    }

    /// The place, start and end of the job that is last of all.
    fn last(&self) -> Option<(usize, (Work, Work))> {
        let last = self.waiting.iter().enumerate().max_by_key(|(_, it)| (it.start, it.end, it.id));
        last.map(|(place, it)| (place, (it.start, it.end)))
    }
}

fn flows(origin: Origin) -> [Flow; 2] {
    [Flow::Network(origin.network), Flow::Account(origin.account)]
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;

    use super::*;

    fn origin(network: u32, account: u64) -> Origin {
        let address = IpAddr::from(Ipv4Addr::from(network));
        Origin { network: Some(address.into()), account: Some(account) }
    }

    fn push(queue: &mut FairQueue<&'static str>, origin: Origin, job: &'static str) -> bool {
        queue.push(origin, NEW_HASH, job).is_ok()
    }

    fn order<T>(queue: &mut FairQueue<T>) -> Vec<T> {
        std::iter::from_fn(|| queue.pop(|_| true)).collect()
    }

    #[test]
    fn jobs_of_one_origin_are_first_in_first_out() {
        let mut queue = FairQueue::new(8);
        for job in ["1", "2", "3"] {
            assert!(push(&mut queue, origin(1, 1), job));
        }
        assert_eq!(order(&mut queue), ["1", "2", "3"]);
    }

    #[test]
    fn networks_take_turns() {
        let mut queue = FairQueue::new(8);
        for (account, job) in [(1, "a1"), (2, "a2"), (3, "a3"), (4, "a4")] {
            push(&mut queue, origin(1, account), job);
        }
        for (account, job) in [(5, "b1"), (6, "b2")] {
            push(&mut queue, origin(2, account), job);
        }
        assert_eq!(order(&mut queue), ["a1", "b1", "a2", "b2", "a3", "a4"]);
    }

    #[test]
    fn accounts_take_turns_also_if_one_is_tried_from_many_networks() {
        let mut queue = FairQueue::new(8);
        for (network, job) in [(1, "a1"), (2, "a2"), (3, "a3"), (4, "a4")] {
            push(&mut queue, origin(network, 1), job);
        }
        push(&mut queue, origin(5, 2), "b1");
        assert_eq!(order(&mut queue), ["a1", "b1", "a2", "a3", "a4"]);
    }

    #[test]
    fn dear_jobs_take_the_turns_of_their_work() {
        let mut queue = FairQueue::new(8);
        for (network, work, job) in
            [(1, 3 * NEW_HASH, "a1"), (1, NEW_HASH, "a2"), (2, NEW_HASH, "b1")]
        {
            assert!(queue.push(origin(network, network.into()), work, job).is_ok());
        }
        for job in ["b2", "b3"] {
            push(&mut queue, origin(2, 2), job);
        }
        assert_eq!(order(&mut queue), ["a1", "b1", "b2", "b3", "a2"]);
    }

    #[test]
    fn full_queue_sheds_from_the_origin_that_takes_most() {
        let mut queue = FairQueue::new(3);
        for job in ["a1", "a2", "a3"] {
            assert!(push(&mut queue, origin(1, 1), job));
        }
        assert!(!queue.has_capacity(origin(1, 2), NEW_HASH));
        assert!(!push(&mut queue, origin(1, 2), "a4"));
        assert!(queue.has_capacity(origin(2, 2), NEW_HASH));
        let queued = queue.push(origin(2, 2), NEW_HASH, "b1").ok().unwrap();
        assert_eq!(queued.shed, Some("a3"));
        // Everyone has a share now: the last of equals is rejected.
        assert!(push(&mut queue, origin(3, 3), "c1"));
        assert!(!push(&mut queue, origin(4, 4), "d1"));
        assert_eq!(order(&mut queue), ["a1", "b1", "c1"]);
    }

    #[test]
    fn turns_are_remembered_while_there_is_a_queue() {
        let mut queue = FairQueue::new(8);
        for job in ["a1", "a2", "a3"] {
            push(&mut queue, origin(1, 1), job);
        }
        push(&mut queue, origin(2, 2), "b1");
        assert_eq!([queue.pop(|_| true), queue.pop(|_| true)], [Some("a1"), Some("b1")]);
        // It had its turn, and a new network has not.
        push(&mut queue, origin(1, 9), "a4");
        push(&mut queue, origin(3, 3), "c1");
        assert_eq!(order(&mut queue), ["c1", "a2", "a3", "a4"]);
    }

    #[test]
    fn removed_job_takes_no_turn() {
        let mut queue = FairQueue::new(8);
        push(&mut queue, origin(2, 2), "b1");
        let id = queue.push(origin(1, 1), NEW_HASH, "a1").ok().unwrap().id;
        assert_eq!(queue.remove(id), Some("a1"));
        assert_eq!(queue.remove(id), None);
        push(&mut queue, origin(1, 1), "a2");
        push(&mut queue, origin(2, 2), "b2");
        assert_eq!(order(&mut queue), ["b1", "a2", "b2"]);
    }

    proptest! {
        /// However many jobs some networks and accounts queue: another one waits for at most one of
        /// each, and is never rejected. Memory is bounded.
        #[test]
        fn newcomer_waits_for_at_most_one_job_of_each_flow(
            flood in prop::collection::vec((0_u32..4, 0_u64..4, prop::bool::ANY), 1..300)
        ) {
            let mut queue = FairQueue::new(32);
            for (network, account, taken) in flood {
                let _ = queue.push(origin(network, account), NEW_HASH, false);
                if taken {
                    queue.pop(|_| true);
                }
                prop_assert!(queue.waiting.len() <= 32 && queue.ends.len() <= 4 * 32 + 2);
            }
            prop_assert!(queue.push(origin(9, 9), NEW_HASH, true).is_ok());
            let waited = order(&mut queue).iter().position(|is_newcomer| *is_newcomer);
            prop_assert!(waited.is_some_and(|waited| waited <= 4), "{waited:?}");
        }
    }
}
