"""Named wrong answers and odd but right ones of the optimizers."""

import numpy as np
import torch

from grader.checks import right, wrong


class Optimizer:
    """Stands for the base class of the notebook while this file is read."""


# OptimSGD


@wrong("OptimSGD")
class uphill(Optimizer):
    """Every step goes the wrong way, by exactly the right length.
    It looks like a step along the gradient instead of against it.
    Look at the sign of the update.
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p += self.lr * (p.grad + self.weight_decay * p)


@wrong("OptimSGD")
class weight_decay_ignored(Optimizer):
    """Without weight decay all is right; with it nothing is pulled towards zero.
    It looks like a setting that is stored and never used.
    Look at what is added to the gradient before the step.
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.lr * p.grad


@wrong("OptimSGD")
class decay_of_the_squared_norm(Optimizer):
    """The pull towards zero is exactly twice too strong.
    It looks like the derivative of weight_decay times the squared norm.
    Compare with the statement: what is added to the gradient?
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.lr * (p.grad + 2 * self.weight_decay * p)


@wrong("OptimSGD")
class decay_without_learning_rate(Optimizer):
    """The pull towards zero does not depend on the learning rate.
    It looks like a decay that is subtracted beside the step.
    Where does lr enter?
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.lr * p.grad + self.weight_decay * p


@wrong("OptimSGD")
class parameter_rebound(Optimizer):
    """Nothing moves.
    It looks like a new tensor under the name p, while the model holds the old one.
    Look at what stands left of the equals sign.
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p = p - self.lr * (p.grad + self.weight_decay * p)


@wrong("OptimSGD")
class learning_rate_frozen(Optimizer):
    """A change of lr between two steps has no effect.
    It looks like the learning rate of the beginning, kept in a place of its own.
    Which lr does step() read?
    """

    def __init__(self, params, lr, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.first_lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.first_lr * (p.grad + self.weight_decay * p)


@wrong("OptimSGD")
class decay_written_into_the_gradient(Optimizer):
    """The steps are right, but p.grad is no longer what backward() made it.
    It looks like a decay that is added to p.grad in place.
    Which tensor does the addition write into?
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p.grad += self.weight_decay * p
                    p -= self.lr * p.grad


@wrong("OptimSGD")
class update_recorded_by_autograd(Optimizer):
    """Autograd refuses the update of a leaf in place.
    It looks like a step that is not protected from being recorded.
    Tell autograd not to watch the update.
    """

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p -= self.lr * (p.grad + self.weight_decay * p)


@wrong("OptimSGD")
class missing_gradient_not_expected(Optimizer):
    """A parameter that has no gradient stops the step with an error.
    It looks like a step that takes every parameter to have a gradient.
    What is p.grad before the first backward()?
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                p -= self.lr * (p.grad + self.weight_decay * p)


@wrong("OptimSGD")
class gradient_normalized(Optimizer):
    """Steps are right only for gradients of length one.
    It looks like a gradient that is divided by its length.
    The statement uses the gradient as it is.
    """

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    p -= self.lr * g / (g.norm() + 1e-30)


@wrong("OptimSGD")
class weight_decay_frozen(Optimizer):
    """A change of `weight_decay` between two steps has no effect.
    It looks like a copy that was made when the optimizer was.
    Which numbers are read at every step?
    """

    def __init__(self, params, lr, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.decay = weight_decay

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.lr * (p.grad + self.decay * p)


@wrong("OptimSGD")
class that_of_torch(Optimizer):
    """The update is made by an optimizer of torch.optim.
    It looks like the library in the place of your own rule.
    The rule is one line: write it.
    """

    def step(self):
        torch.optim.SGD(self.params, lr=self.lr, weight_decay=self.weight_decay).step()


@right("OptimSGD")
class through_data(Optimizer):
    """Updates p.data."""

    def step(self):
        for p in self.params:
            if p.grad is None:
                continue
            p.data = p.data * (1 - self.lr * self.weight_decay) - self.lr * p.grad.data


@right("OptimSGD")
class on_its_own:
    """Needs no base class; clears gradients to zero."""

    def __init__(self, params, lr, weight_decay=0, verbose=False):
        self.params = [p for p in params]
        self.lr, self.weight_decay = lr, weight_decay

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.zero_()

    @torch.no_grad()
    def step(self):
        print("a step")
        for p in (q for q in self.params if q.grad is not None):
            g = p.grad.add(p, alpha=self.weight_decay)
            p.add_(g, alpha=-self.lr)


@right("OptimSGD")
class gradient_cleared_by_itself(Optimizer):
    """Returns something from step and rebinds through copy_."""

    def step(self, closure=None):
        with torch.no_grad():
            for p in filter(lambda q: q.grad is not None, self.params):
                p.copy_(p - self.lr * (self.weight_decay * p + p.grad))
        return self


# OptimMomentum


@wrong("OptimMomentum")
class velocity_not_kept(Optimizer):
    """Under a constant gradient the steps do not grow.
    It looks like a velocity that is born again in every step.
    Where is it stored between two calls of step()?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    v = torch.zeros_like(p)
                    v = self.gamma * v + p.grad + self.weight_decay * p
                    p -= self.lr * v


@wrong("OptimMomentum")
class moving_average(Optimizer):
    """The first step is 1 - gamma times the expected.
    It looks like a moving average of the gradients.
    In this rule the new gradient enters the velocity at full strength.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(self.gamma).add_((1 - self.gamma) * (p.grad + self.weight_decay * p))
                    p -= self.lr * v


@wrong("OptimMomentum")
class learning_rate_inside_the_velocity(Optimizer):
    """All is right until lr is changed between two steps.
    It looks like a velocity that has the learning rate built in.
    What does the velocity sum up, gradients or steps?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(self.gamma).add_(self.lr * (p.grad + self.weight_decay * p))
                    p -= v


@wrong("OptimMomentum")
class nesterov_in_its_place(Optimizer):
    """The first step is 1 + gamma times the expected.
    It looks like Nesterov's update.
    Heavy ball moves by the velocity alone.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    v.mul_(self.gamma).add_(g)
                    p -= self.lr * (g + self.gamma * v)


@wrong("OptimMomentum")
class gamma_fixed(Optimizer):
    """Right for gamma = 0.9, wrong for every other.
    It looks like a constant in the place of the argument.
    Where does gamma come from in step()?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(0.9).add_(p.grad + self.weight_decay * p)
                    p -= self.lr * v


@wrong("OptimMomentum")
class velocity_is_the_gradient_itself(Optimizer):
    """After a step p.grad is no longer what backward() made it.
    It looks like a velocity that shares its memory with the first gradient.
    When the first velocity is set, is a copy made?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [None for _ in self.params]

    def step(self):
        with torch.no_grad():
            for i, p in enumerate(self.params):
                if p.grad is not None:
                    if self.velocities[i] is None:
                        self.velocities[i] = p.grad
                    else:
                        self.velocities[i].mul_(self.gamma).add_(p.grad)
                    self.velocities[i].add_(self.weight_decay * p)
                    p -= self.lr * self.velocities[i]


@wrong("OptimMomentum")
class velocities_shared_by_all_optimizers(Optimizer):
    """A second optimizer starts with the velocity of the first one.
    It looks like velocities that belong to the class instead of the object.
    Make them in __init__, as attributes of self.
    """

    store = {}

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma

    def step(self):
        with torch.no_grad():
            for i, p in enumerate(self.params):
                if p.grad is not None:
                    v = self.store.get((i, p.shape), torch.zeros_like(p))
                    v = self.gamma * v + p.grad + self.weight_decay * p
                    self.store[i, p.shape] = v
                    p -= self.lr * v


@wrong("OptimMomentum")
class one_velocity_for_all(Optimizer):
    """With one parameter all is right, with several the shapes do not fit.
    It looks like a single velocity for all parameters.
    How many velocities are there, and of which shapes?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.v = 0

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    self.v = self.gamma * self.v + p.grad + self.weight_decay * p
                    p -= self.lr * self.v


@wrong("OptimMomentum")
class decay_beside_the_velocity(Optimizer):
    """Right without weight decay; with it, only the first step is right.
    It looks like a decay that acts beside the velocity.
    The statement adds the decay to the gradient, before anything else.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(self.gamma).add_(p.grad)
                    p -= self.lr * (v + self.weight_decay * p)


@wrong("OptimMomentum")
class step_before_the_velocity(Optimizer):
    """The first step does not move anything; later ones come one step late.
    It looks like a move with the velocity of the step before.
    In which order are the two lines of the rule?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    p -= self.lr * v
                    v.mul_(self.gamma).add_(g)


@right("OptimMomentum")
class velocity_by_parameter(Optimizer):
    """A dictionary of velocities that are made when they are first needed."""

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma, self.v = gamma, {}

    @torch.no_grad()
    def step(self):
        for p in self.params:
            if p.grad is None:
                continue
            g = p.grad + self.weight_decay * p
            self.v[p] = g if p not in self.v else self.gamma * self.v[p] + g
            p.sub_(self.lr * self.v[p])


@right("OptimMomentum")
class negative_velocity:
    """The velocity points the way of the move; no base class."""

    def __init__(self, params, lr, gamma, weight_decay=0.0):
        self.params, self.lr, self.gamma, self.weight_decay = list(params), lr, gamma, weight_decay
        self.state = [0.0] * len(self.params)

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is not None:
                self.state[i] = self.gamma * self.state[i] - p.grad.detach() - self.weight_decay * p.detach()
                p.data += self.lr * self.state[i]


# OptimNesterov


@wrong("OptimNesterov")
class heavy_ball(Optimizer):
    """On x**2 / 2 the positions begin with 0.9 and 0.72.
    It looks like plain momentum.
    Compare the last formula of the two exercises.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(self.gamma).add_(p.grad + self.weight_decay * p)
                    p -= self.lr * v


@wrong("OptimNesterov")
class gradient_left_out(Optimizer):
    """The first step is too small: only a share gamma of the velocity is used.
    It looks like the velocity term alone.
    The last formula has two terms.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(self.gamma).add_(p.grad + self.weight_decay * p)
                    p -= self.lr * self.gamma * v


@wrong("OptimNesterov")
class gamma_on_the_gradient(Optimizer):
    """The first step is right, the second is not.
    It looks like gamma at the gradient instead of the velocity.
    Which of the two terms is damped?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    v.mul_(self.gamma).add_(g)
                    p -= self.lr * (v + self.gamma * g)


@wrong("OptimNesterov")
class decay_only_in_the_velocity(Optimizer):
    """Right without weight decay; with it the step is too short.
    It looks like a decay that reaches the velocity but not the gradient in the last formula.
    Both places use the same g.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    v.mul_(self.gamma).add_(p.grad + self.weight_decay * p)
                    p -= self.lr * (p.grad + self.gamma * v)


@wrong("OptimNesterov")
class undamped_velocity(Optimizer):
    """The first step is twice the length of the gradient.
    It looks like a step along the gradient and the whole velocity.
    How much of the new velocity is used?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    v.mul_(self.gamma).add_(g)
                    p -= self.lr * (g + v)


@wrong("OptimNesterov")
class velocity_overwritten_by_the_step(Optimizer):
    """The first step is right, later ones grow too fast.
    It looks like the whole step, stored back as the velocity.
    What is kept for the next step: the velocity, or the sum in the last formula?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for i, p in enumerate(self.params):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    v = self.gamma * self.velocities[i] + g
                    self.velocities[i] = g + self.gamma * v
                    p -= self.lr * self.velocities[i]


@wrong("OptimNesterov")
class two_moving_averages(Optimizer):
    """The steps are too small, by different factors at each step.
    It looks like a moving average in the place of the velocity.
    The new gradient enters the velocity at full strength.
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = gamma
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    v.mul_(self.gamma).add_((1 - self.gamma) * g)
                    p -= self.lr * ((1 - self.gamma) * g + self.gamma * v)


@wrong("OptimNesterov")
class gamma_of_nine_tenths(Optimizer):
    """Right for gamma = 0.9, wrong for every other.
    It looks like a constant in the place of the argument.
    Where does gamma come from in step()?
    """

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma = 0.9
        self.velocities = [torch.zeros_like(p) for p in self.params]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocities):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    v.mul_(self.gamma).add_(g)
                    p -= self.lr * (g + self.gamma * v)


@right("OptimNesterov")
class written_with_the_old_velocity(Optimizer):
    """The new velocity put into the last formula."""

    def __init__(self, params, lr, gamma, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.gamma, self.v = gamma, [torch.zeros_like(p, requires_grad=False) for p in self.params]

    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is not None:
                g = p.grad.detach() + self.weight_decay * p.detach()
                p.data -= self.lr * ((1 + self.gamma) * g + self.gamma**2 * self.v[i])
                self.v[i] = self.v[i] * self.gamma + g


@right("OptimNesterov")
class with_torch_operations:
    """Without the base class, with fused operations."""

    def __init__(self, params, lr, gamma, weight_decay=0):
        self.params, self.lr, self.gamma, self.weight_decay = [*params], lr, gamma, weight_decay
        self.buffers = {}

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    @torch.no_grad()
    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = torch.add(p.grad, p, alpha=self.weight_decay)
            buffer = self.buffers.setdefault(i, torch.zeros_like(g))
            buffer.mul_(self.gamma).add_(g)
            p.add_(g.add(buffer, alpha=self.gamma), alpha=-self.lr)


# OptimAdam


@wrong("OptimAdam")
class no_bias_correction(Optimizer):
    """The first step is about 3.16 times too large.
    It looks like averages that are used without the correction for their zeros at the start.
    Which two quantities of the statement are never computed?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps = betas, eps
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * m / (v.sqrt() + self.eps)


@wrong("OptimAdam")
class only_the_mean_corrected(Optimizer):
    """The first step is about 31.6 times too large.
    It looks like a correction of m without that of v.
    Both averages start at zero.
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / (v.sqrt() + self.eps)


@wrong("OptimAdam")
class eps_inside_the_root(Optimizer):
    """Right for gradients near one, too short for very small ones.
    It looks like eps under the root.
    Look at the order of the root and the sum.
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / (v / (1 - beta2**self.t) + self.eps).sqrt()


@wrong("OptimAdam")
class eps_outside_the_fraction(Optimizer):
    """A gradient of exactly zero gives nan.
    It looks like eps added to the quotient instead of its denominator.
    What is eps there for?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * ((m / (1 - beta1**self.t)) / (v / (1 - beta2**self.t)).sqrt() + self.eps)


@wrong("OptimAdam")
class root_forgotten(Optimizer):
    """The first step is larger for smaller gradients.
    It looks like a division by the mean square instead of its root.
    In which unit is the denominator?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / (v / (1 - beta2**self.t) + self.eps)


@wrong("OptimAdam")
class time_stands_still(Optimizer):
    """The first step is right, the second is about 1.34 times too large.
    It looks like a count of steps that stays at one.
    When is t increased?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps = betas, eps
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        t = 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + self.eps)


@wrong("OptimAdam")
class time_starts_at_zero(Optimizer):
    """The first step divides by zero.
    It looks like a count of steps that is still zero in the first one.
    What is t during the first step?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / ((v / (1 - beta2**self.t)).sqrt() + self.eps)
        self.t += 1


@wrong("OptimAdam")
class time_counts_parameters(Optimizer):
    """With one parameter all is right, with several the later ones move too little at first.
    It looks like a count that grows with every parameter instead of every step.
    How often does t grow in one call of step()?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    self.t += 1
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / ((v / (1 - beta2**self.t)).sqrt() + self.eps)


@wrong("OptimAdam")
class betas_swapped(Optimizer):
    """A constant gradient is right, one that changes is not.
    It looks like the two betas in each other's place.
    Which beta belongs to the squares?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta2, beta1 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / ((v / (1 - beta2**self.t)).sqrt() + self.eps)


@wrong("OptimAdam")
class corrected_values_stored(Optimizer):
    """The first step is right, from the second on the averages are too large.
    It looks like corrected averages that are stored in the place of the plain ones.
    What is kept for the next step?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g).div_(1 - beta1**self.t)
                    v.mul_(beta2).add_((1 - beta2) * g**2).div_(1 - beta2**self.t)
                    p -= self.lr * m / (v.sqrt() + self.eps)


@wrong("OptimAdam")
class decoupled_decay(Optimizer):
    """Right without weight decay; with it, a small parameter is pulled less than expected.
    It looks like AdamW, whose decay does not pass through the averages.
    The statement adds the decay to the gradient.
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    p *= 1 - self.lr * self.weight_decay
                    m.mul_(beta1).add_((1 - beta1) * p.grad)
                    v.mul_(beta2).add_((1 - beta2) * p.grad**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / ((v / (1 - beta2**self.t)).sqrt() + self.eps)


@wrong("OptimAdam")
class squares_not_squared(Optimizer):
    """Negative gradients give nan.
    It looks like a second average of the gradients themselves.
    What does v average?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g)
                    p -= self.lr * (m / (1 - beta1**self.t)) / ((v / (1 - beta2**self.t)).sqrt() + self.eps)


@wrong("OptimAdam")
class square_of_the_length(Optimizer):
    """Right for parameters of one number, wrong for vectors and matrices.
    It looks like one common mean square for all numbers of a parameter.
    All operations are element by element.
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros(()) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for i, p in enumerate(self.params):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    self.m[i] = beta1 * self.m[i] + (1 - beta1) * g
                    self.v[i] = beta2 * self.v[i] + (1 - beta2) * (g**2).sum()
                    m_hat, v_hat = self.m[i] / (1 - beta1**self.t), self.v[i] / (1 - beta2**self.t)
                    p -= self.lr * m_hat / (v_hat.sqrt() + self.eps)


@wrong("OptimAdam")
class averages_share_their_memory(Optimizer):
    """From the second gradient on, the steps make no sense.
    It looks like m and v in the same tensor.
    Are two tensors made for each parameter, or two names for one?
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.t = betas, eps, 0
        self.m = self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        beta1, beta2 = self.betas
        self.t += 1
        with torch.no_grad():
            for p, m, v in zip(self.params, self.m, self.v):
                if p.grad is not None:
                    g = p.grad + self.weight_decay * p
                    m.mul_(beta1).add_((1 - beta1) * g)
                    v.mul_(beta2).add_((1 - beta2) * g**2)
                    p -= self.lr * (m / (1 - beta1**self.t)) / ((v / (1 - beta2**self.t)).sqrt() + self.eps)


@wrong("OptimAdam")
class wrapped_adam(Optimizer):
    """The update is made by an optimizer of torch.optim.
    It looks like the library in the place of your own rule.
    The formulas are five lines: write them.
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.inner = torch.optim.Adam(self.params, lr, betas, eps, weight_decay)

    def step(self):
        self.inner.param_groups[0].update(lr=self.lr, weight_decay=self.weight_decay)
        self.inner.step()


@right("OptimAdam")
class in_the_order_of_torch(Optimizer):
    """Step size and denominator corrected apart, as torch computes them."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr, weight_decay)
        self.betas, self.eps, self.state = betas, eps, {}

    @torch.no_grad()
    def step(self):
        beta1, beta2 = self.betas
        for p in self.params:
            if p.grad is None:
                continue
            state = self.state.setdefault(p, {"t": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p)})
            state["t"] += 1
            g = p.grad.add(p, alpha=self.weight_decay)
            state["m"].lerp_(g, 1 - beta1)
            state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
            denominator = state["v"].sqrt() / (1 - beta2 ** state["t"]) ** 0.5 + self.eps
            p.addcdiv_(state["m"], denominator, value=-self.lr / (1 - beta1 ** state["t"]))


@right("OptimAdam")
class powers_kept_as_products:
    """No base class; beta**t by repeated products; numbers in place of the first tensors."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        self.params, self.lr, self.eps, self.weight_decay = tuple(params), lr, eps, weight_decay
        self.b1, self.b2 = betas
        self.m, self.v, self.power1, self.power2 = [0] * len(self.params), [0] * len(self.params), 1.0, 1.0

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad = torch.zeros_like(p)

    def step(self):
        self.power1, self.power2 = self.power1 * self.b1, self.power2 * self.b2
        for i, p in enumerate(self.params):
            if p.grad is not None:
                g = p.grad.data + self.weight_decay * p.data
                self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
                self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g * g
                root = torch.sqrt(self.v[i] / (1 - self.power2))
                p.data.sub_(self.lr * (self.m[i] / (1 - self.power1)) / (root + self.eps))


# optim_factory


@wrong("optim_factory")
def momentum_and_nesterov_exchanged(method, params, **hyper):
    """For "momentum" the factory gives a Nesterov optimizer, and the other way round.
    It looks like two lines in each other's place.
    Read the names from left to right.
    """
    classes = {"sgd": OptimSGD, "momentum": OptimNesterov, "nesterov": OptimMomentum, "adam": OptimAdam}
    return classes[method](params, **hyper)


@wrong("optim_factory")
def settings_fixed(method, params, **hyper):
    """The optimizers do not have the settings that were asked for.
    It looks like constants in the place of the arguments.
    What happens to `hyper`?
    """
    gamma = {"gamma": 0.9} if method in ("momentum", "nesterov") else {}
    return {"sgd": OptimSGD, "momentum": OptimMomentum, "nesterov": OptimNesterov, "adam": OptimAdam}[method](
        params, lr=1e-5, **gamma
    )


@wrong("optim_factory")
def only_lr_and_gamma(method, params, **hyper):
    """lr and gamma arrive, the other settings do not.
    It looks like settings that are handed on one by one, and some are forgotten.
    What else can `hyper` hold?
    """
    known = {k: v for k, v in hyper.items() if k in ("lr", "gamma")}
    return {"sgd": OptimSGD, "momentum": OptimMomentum, "nesterov": OptimNesterov, "adam": OptimAdam}[method](
        params, **known
    )


@wrong("optim_factory")
def class_instead_of_object(method, params, **hyper):
    """The factory gives a class, not an optimizer.
    It looks like a call that is missing.
    Who makes the optimizer from its class?
    """
    return {"sgd": OptimSGD, "momentum": OptimMomentum, "nesterov": OptimNesterov, "adam": OptimAdam}[method]


@wrong("optim_factory")
def of_copies(method, params, **hyper):
    """The optimizer does not hold the tensors that it was given.
    It looks like copies of the parameters.
    Which tensors does the model use?
    """
    copies = [p.detach().clone().requires_grad_() for p in params]
    return {"sgd": OptimSGD, "momentum": OptimMomentum, "nesterov": OptimNesterov, "adam": OptimAdam}[method](
        copies, **hyper
    )


@wrong("optim_factory")
def those_of_torch(method, params, **hyper):
    """The optimizers are those of torch.optim.
    It looks like the library in the place of your own classes.
    Which classes has this notebook?
    """
    if method == "adam":
        return torch.optim.Adam(params, **hyper)
    gamma = hyper.pop("gamma", 0)
    return torch.optim.SGD(params, momentum=gamma, nesterov=method == "nesterov", **hyper)


@right("optim_factory")
def chain_of_ifs(method, params, lr=0.01, **hyper):
    """One branch for each name, lr with a default."""
    if method == "sgd":
        return OptimSGD(params, lr, **hyper)
    elif method == "momentum":
        return OptimMomentum(params, lr, **hyper)
    elif method == "nesterov":
        return OptimNesterov(params, lr, **hyper)
    elif method == "adam":
        return OptimAdam(params, lr, **hyper)
    raise ValueError(method)


@right("optim_factory")
def by_its_name(method, params, **hyper):
    """The class is found by its name; settings are handed on in their order."""
    names = {"sgd": "SGD"}
    maker = globals()["Optim" + names.get(method, method.capitalize())]
    return maker(params=params, **hyper)


# train_with_minibatchSGD


@wrong("train_with_minibatchSGD")
def gradients_not_reset(inputs, targets, w, b, epochs, bs, optim):
    """Every gradient is the sum of all gradients since the start.
    It looks like gradients that are never cleared.
    Which line forgets the old ones, and when?
    """
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(bs):
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def cleared_before_the_step(inputs, targets, w, b, epochs, bs, optim):
    """At a step there is no gradient.
    It looks like gradients that are cleared between backward() and step().
    In which order do the three lines stand?
    """
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(bs):
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.zero_grad()
            optim.step()


@wrong("train_with_minibatchSGD")
def same_order_every_epoch(inputs, targets, w, b, epochs, bs, optim):
    """Every epoch visits the rows in the same order.
    It looks like an order that is drawn once, before the loop over the epochs.
    When is the order drawn?
    """
    order = torch.randperm(len(inputs))
    for _ in range(epochs):
        for rows in order.split(bs):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def not_shuffled(inputs, targets, w, b, epochs, bs, optim):
    """Every epoch visits the rows from the first to the last.
    It looks like a loop without a random order.
    Where is the order drawn?
    """
    for _ in range(epochs):
        for start in range(0, len(inputs), bs):
            optim.zero_grad()
            mse(predict(inputs[start : start + bs], w, b), targets[start : start + bs]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def with_replacement(inputs, targets, w, b, epochs, bs, optim):
    """In an epoch some rows come twice and others never.
    It looks like rows that are drawn with replacement.
    How is the order of the rows made?
    """
    n = len(inputs)
    for _ in range(epochs):
        for rows in torch.randint(0, n, (n,)).split(bs):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def rest_dropped(inputs, targets, w, b, epochs, bs, optim):
    """Rows are left out when bs does not divide their number.
    It looks like a whole number of full batches.
    What happens to the rest?
    """
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for k in range(len(inputs) // bs):
            rows = order[k * bs : (k + 1) * bs]
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def number_of_chunks(inputs, targets, w, b, epochs, bs, optim):
    """The batches have sizes of their own, not bs.
    It looks like torch.chunk, which takes the number of parts.
    What does the second argument of the split mean?
    """
    n_batches = max(1, len(inputs) // bs)
    for _ in range(epochs):
        for rows in torch.chunk(torch.randperm(len(inputs)), n_batches):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def even_chunks(inputs, targets, w, b, epochs, bs, optim):
    """The batches are as even as possible instead of full ones and a rest.
    It looks like torch.chunk with the number of batches rounded up.
    9 rows in batches of 4 are 4, 4 and 1.
    """
    n_batches = -(-len(inputs) // bs)
    for _ in range(epochs):
        for rows in torch.chunk(torch.randperm(len(inputs)), n_batches):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def pairs_broken(inputs, targets, w, b, epochs, bs, optim):
    """Inputs come with the targets of other rows.
    It looks like a shuffle of the inputs that leaves the targets where they are.
    Use the same row numbers for both.
    """
    for _ in range(epochs):
        shuffled = inputs[torch.randperm(len(inputs))]
        for rows in torch.randperm(len(inputs)).split(bs):
            optim.zero_grad()
            mse(predict(shuffled[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def rows_overwritten(inputs, targets, w, b, epochs, bs, optim):
    """Rows of the data multiply and others vanish.
    It looks like numpy's shuffle on a tensor, whose rows overwrite each other.
    Shuffle row numbers, not rows.
    """
    for _ in range(epochs):
        np.random.shuffle(inputs)
        for start in range(0, len(inputs), bs):
            optim.zero_grad()
            mse(predict(inputs[start : start + bs], w, b), targets[start : start + bs]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def summed_loss(inputs, targets, w, b, epochs, bs, optim):
    """The gradients grow with the size of the batch.
    It looks like the sum of the squared errors instead of their mean.
    Which loss does the statement name?
    """
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(bs):
            optim.zero_grad()
            ((predict(inputs[rows], w, b) - targets[rows]) ** 2).sum().backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def mean_over_the_rows_only(inputs, targets, w, b, epochs, bs, optim):
    """The gradients are as many times too large as there are outputs.
    It looks like a sum over the outputs and a mean over the rows.
    The mean of `mse` is over all elements.
    """
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(bs):
            optim.zero_grad()
            ((predict(inputs[rows], w, b) - targets[rows]) ** 2).sum(1).mean().backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def shuffled_too_late(inputs, targets, w, b, epochs, bs, optim):
    """The first epoch visits the rows from the first to the last, the others do not.
    It looks like a shuffle at the end of an epoch.
    When is the order drawn?
    """
    order = torch.arange(len(inputs))
    for _ in range(epochs):
        for rows in order.split(bs):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()
        order = torch.randperm(len(inputs))


@wrong("train_with_minibatchSGD")
def neighbours_stay_together(inputs, targets, w, b, epochs, bs, optim):
    """Rows that are neighbours in the data stay together in every batch.
    It looks like blocks of rows that are shuffled, or like an order that is only turned round.
    What is shuffled: batches or rows?
    """
    starts = range(0, len(inputs), bs)
    for _ in range(epochs):
        for i in torch.randperm(len(starts)):
            rows = slice(starts[i], starts[i] + bs)
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def batches_cut_once(inputs, targets, w, b, epochs, bs, optim):
    """All epochs have the same batches, one after the other in another order.
    It looks like batches that are cut before the loop over the epochs.
    What is shuffled: batches or rows?
    """
    batches = torch.randperm(len(inputs)).split(bs)
    for _ in range(epochs):
        for i in torch.randperm(len(batches)):
            optim.zero_grad()
            mse(predict(inputs[batches[i]], w, b), targets[batches[i]]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def stops_by_itself(inputs, targets, w, b, epochs, bs, optim):
    """The training ends before the epochs that were asked for.
    It looks like a stop as soon as the loss hardly changes.
    Who decides how many epochs there are?
    """
    before = None
    for _ in range(epochs):
        now = mse(predict(inputs, w, b), targets).item()
        if before is not None and abs(before - now) < 1e-6:
            break
        before = now
        for rows in torch.randperm(len(inputs)).split(bs):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            optim.step()


@wrong("train_with_minibatchSGD")
def step_after_the_epoch(inputs, targets, w, b, epochs, bs, optim):
    """There is one update in an epoch.
    It looks like a step that stands outside the loop over the batches.
    How far is step() indented?
    """
    for _ in range(epochs):
        optim.zero_grad()
        for rows in torch.randperm(len(inputs)).split(bs):
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
        optim.step()


@wrong("train_with_minibatchSGD")
def update_made_twice(inputs, targets, w, b, epochs, bs, optim):
    """The weights move even when the optimizer does not move them.
    It looks like an update in the loop besides that of the optimizer.
    Who changes the weights?
    """
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(bs):
            optim.zero_grad()
            mse(predict(inputs[rows], w, b), targets[rows]).backward()
            with torch.no_grad():
                w -= 1e-5 * w.grad
                b -= 1e-5 * b.grad
            optim.step()


@right("train_with_minibatchSGD")
def list_of_rows(inputs, targets, w, b, epochs=1, bs=4, optim=None):
    """Row numbers in a list, F.mse_loss, gradients cleared by hand after the step; returns the losses."""
    import random

    numbers, losses = list(range(inputs.shape[0])), []
    for _ in range(epochs):
        random.shuffle(numbers)
        for k in range(0, len(numbers), bs):
            rows = numbers[k : k + bs]
            loss = torch.nn.functional.mse_loss(torch.nn.functional.linear(inputs[rows], w, b), targets[rows])
            loss.backward()
            optim.step()
            w.grad, b.grad = None, None
            losses.append(loss.item())
    return losses


@right("train_with_minibatchSGD")
def with_a_data_loader(inputs, targets, w, b, epochs, bs, optim):
    """torch's own loader."""
    data = torch.utils.data.TensorDataset(inputs, targets)
    loader = torch.utils.data.DataLoader(data, batch_size=bs, shuffle=True)
    for epoch in range(epochs):
        for X, Y in loader:
            optim.zero_grad()
            ((X @ w.t() + b - Y).pow(2).sum() / Y.numel()).backward()
            optim.step()
        print("epoch", epoch)


@right("train_with_minibatchSGD")
def numpy_order(inputs, targets, w, b, epochs, bs, optim):
    """numpy's permutation, shuffled copies of both, zero_grad at the end; random numbers from its own generator."""
    generator = np.random.default_rng(3)
    for _ in range(epochs):
        order = generator.permutation(len(inputs))
        X, Y = inputs[order], targets[order]
        for k in range((len(X) + bs - 1) // bs):
            mse(predict(X[k * bs : (k + 1) * bs], w, b), Y[k * bs : (k + 1) * bs]).backward()
            optim.step()
            optim.zero_grad()
