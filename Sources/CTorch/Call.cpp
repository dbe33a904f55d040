// The generic operator call: tagged C values to IValues by the operator's schema, through the boxed dispatcher.
#include "Support.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <sstream>

using namespace ctorch;
using c10::IValue;
using c10::TypeKind;

namespace {
// One argument of an operator, read off its schema once.
struct Slot {
    std::string name;
    TypeKind kind;               // of the value, or of a list's elements
    bool optional, list, holes;  // T?, T[], T?[]
    int32_t fixed;               // the n of int[n], which a single int may stand for
    std::optional<IValue> fallback;
};
}
struct ct_operator {
    c10::OperatorHandle handle;
    std::vector<Slot> slots;
    int32_t results;
};

namespace {
Slot slotOf(const c10::Argument &a) {
    Slot s{a.name(), TypeKind::AnyType, false, false, false, a.N().value_or(0), a.default_value()};
    auto t = a.type();              // the plain type: SymInt, ScalarType, Layout, ... are int here
    if (auto o = t->cast<c10::OptionalType>()) { s.optional = true; t = o->getElementType(); }
    if (auto l = t->cast<c10::ListType>()) {
        s.list = true; t = l->getElementType();
        if (auto o = t->cast<c10::OptionalType>()) { s.holes = true; t = o->getElementType(); }
    }
    s.kind = t->kind();
    return s;
}

template <typename T, typename P> IValue listOf(const P *p, int64_t n) {
    c10::List<T> l; l.reserve(n);
    for (int64_t k = 0; k < n; ++k) l.push_back(static_cast<T>(p[k]));
    return l;
}

// A list without elements has no kind of its own.
IValue empty(const Slot &s) {
    switch (s.kind) {
        case TypeKind::IntType: return c10::List<int64_t>();
        case TypeKind::FloatType: return c10::List<double>();
        case TypeKind::BoolType: return c10::List<bool>();
        case TypeKind::StringType: return c10::List<std::string>();
        case TypeKind::NumberType: return c10::impl::GenericList(c10::NumberType::get());
        case TypeKind::TensorType:
            return s.holes ? IValue(c10::List<std::optional<at::Tensor>>()) : IValue(c10::List<at::Tensor>());
        default: throw Refused("argument '" + s.name + "' is a list of a kind that is not supported");
    }
}

at::Tensor wrapped(const c10::Scalar &number) {
    auto tensor = c10::scalar_to_tensor(number);
    tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
    return tensor;
}

IValue convert(const Slot &s, const ct_value &a) {
    auto refuse = [&]() -> IValue { throw Refused("argument '" + s.name + "': a value of tag " +
        std::to_string(a.tag) + " does not fit a " + c10::typeKindToString(s.kind) + (s.list ? " list" : "")); };
    if (a.tag == CT_NONE) return s.optional ? IValue() : refuse();
    if (s.list && a.tag >= CT_BOOLS && a.count == 0) return empty(s);
    if (s.list) switch (s.kind) {
        case TypeKind::IntType:
            if (a.tag == CT_INTS) return listOf<int64_t>(a.v.ints, a.count);
            if (a.tag == CT_INT && s.fixed > 0) return c10::List<int64_t>(std::vector<int64_t>(s.fixed, a.v.i));
            return refuse();
        case TypeKind::FloatType:
            if (a.tag == CT_DOUBLES) return listOf<double>(a.v.doubles, a.count);
            return a.tag == CT_INTS ? listOf<double>(a.v.ints, a.count) : refuse();
        case TypeKind::BoolType: return a.tag == CT_BOOLS ? listOf<bool>(a.v.bools, a.count) : refuse();
        case TypeKind::StringType: return a.tag == CT_STRINGS ? listOf<std::string>(a.v.strings, a.count) : refuse();
        case TypeKind::NumberType: {
            c10::impl::GenericList l(c10::NumberType::get());
            for (int64_t k = 0; k < a.count; ++k)
                if (a.tag == CT_INTS) l.push_back(a.v.ints[k]);
                else if (a.tag == CT_DOUBLES) l.push_back(a.v.doubles[k]);
                else return refuse();
            return l;
        }
        case TypeKind::TensorType: {
            if (a.tag != CT_TENSORS) return refuse();
            if (s.holes) {
                c10::List<std::optional<at::Tensor>> l; l.reserve(a.count);
                for (int64_t k = 0; k < a.count; ++k)
                    l.push_back(a.v.tensors[k] ? std::optional(borrowed(a.v.tensors[k])) : std::nullopt);
                return l;
            }
            c10::List<at::Tensor> l; l.reserve(a.count);
            for (int64_t k = 0; k < a.count; ++k)
                if (a.v.tensors[k]) l.push_back(borrowed(a.v.tensors[k])); else return refuse();
            return l;
        }
        default: return refuse();
    }
    switch (s.kind) {
        case TypeKind::TensorType:
            if (a.tag == CT_TENSOR && a.v.t) return IValue(borrowed(a.v.t));
            // As in Python, a number stands for a tensor that does not widen the result's type.
            return a.tag == CT_INT ? IValue(wrapped(a.v.i)) : a.tag == CT_DOUBLE ? IValue(wrapped(a.v.d))
                 : a.tag == CT_BOOL ? IValue(wrapped(a.v.i != 0))
                 : a.tag == CT_COMPLEX ? IValue(wrapped(c10::complex<double>(a.v.c[0], a.v.c[1]))) : refuse();
        case TypeKind::BoolType: return a.tag == CT_BOOL ? IValue(a.v.i != 0) : refuse();
        case TypeKind::IntType: return a.tag == CT_INT ? IValue(a.v.i) : refuse();
        case TypeKind::FloatType:       // an int is taken for a float, as Python does
            return a.tag == CT_DOUBLE ? IValue(a.v.d) : a.tag == CT_INT ? IValue(double(a.v.i)) : refuse();
        case TypeKind::NumberType:
            return a.tag == CT_INT ? IValue(a.v.i) : a.tag == CT_DOUBLE ? IValue(a.v.d)
                 : a.tag == CT_BOOL ? IValue(a.v.i != 0)
                 : a.tag == CT_COMPLEX ? IValue(c10::complex<double>(a.v.c[0], a.v.c[1])) : refuse();
        case TypeKind::StringType: return a.tag == CT_STRING ? IValue(std::string(a.v.s, a.count)) : refuse();
        case TypeKind::GeneratorType: {
            if (a.tag != CT_GENERATOR || !a.v.g) return refuse();
            auto *generator = reinterpret_cast<c10::GeneratorImpl *>(a.v.g);
            return IValue(at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(generator)));
        }
        case TypeKind::DeviceObjType:
            return a.tag == CT_DEVICE ? IValue(c10::Device(c10::DeviceType(a.v.i), c10::DeviceIndex(a.device_index))) : refuse();
        default: return refuse();
    }
}

template <typename T> T *allocated(size_t n) {
    auto *p = static_cast<T *>(std::calloc(n ? n : 1, sizeof(T)));
    if (!p) throw std::bad_alloc();
    return p;
}

ct_value result(IValue &&r) {
    ct_value o{};
    if (r.isTensor()) { o.v.t = owned(std::move(r).toTensor()); o.tag = o.v.t ? CT_TENSOR : CT_NONE; }
    else if (r.isNone()) o.tag = CT_NONE;
    else if (r.isBool()) { o.tag = CT_BOOL; o.v.i = r.toBool(); }
    else if (r.isInt()) { o.tag = CT_INT; o.v.i = r.toInt(); }
    else if (r.isDouble()) { o.tag = CT_DOUBLE; o.v.d = r.toDouble(); }
    else if (r.isComplexDouble()) { auto c = r.toComplexDouble(); o.tag = CT_COMPLEX; o.v.c[0] = c.real(); o.v.c[1] = c.imag(); }
    else if (r.isIntList()) {
        auto l = r.toIntVector(); auto *p = allocated<int64_t>(l.size());
        std::copy(l.begin(), l.end(), p); o.tag = CT_INTS; o.count = l.size(); o.v.ints = p;
    } else if (r.isTensorList()) {
        auto l = std::move(r).toTensorVector(); auto *p = allocated<ct_tensor>(l.size());
        for (size_t k = 0; k < l.size(); ++k) p[k] = owned(std::move(l[k]));
        o.tag = CT_TENSORS; o.count = l.size(); o.v.tensors = p;
    } else if (r.isString()) {
        auto s = r.toStringRef(); auto *p = allocated<char>(s.size() + 1);
        std::memcpy(p, s.data(), s.size()); o.tag = CT_STRING; o.count = s.size(); o.v.s = p;
    } else throw std::runtime_error("a result of type " + r.tagKind() + " is not supported");
    return o;
}
}


extern "C" {
ct_status ct_find_operator(const char *name, const char *overload, ct_operator_t *found) {
    static std::mutex lock;
    static auto &known = *new std::map<std::pair<std::string, std::string>, ct_operator *>();
    bool exists = true;
    auto status = guarded([&] {
        std::lock_guard hold(lock);
        auto &op = known[{name, overload}];
        if (!op) {
            auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
            exists = handle.has_value();
            if (!exists) {
                lastError() = "libtorch has no such operator";
                return;
            }
            std::vector<Slot> slots;
            for (auto &argument : handle->schema().arguments()) slots.push_back(slotOf(argument));
            auto results = int32_t(handle->schema().returns().size());
            op = new ct_operator{std::move(*handle), std::move(slots), results};
        }
        *found = op;
    });
    return exists ? status : CT_NO_SUCH_OPERATOR;
}
const char *ct_operator_schema(ct_operator_t op) { return strdup(toString(op->handle.schema()).c_str()); }
int32_t ct_operator_arguments(ct_operator_t op) { return int32_t(op->slots.size()); }
const char *ct_operator_argument(ct_operator_t op, int32_t index) { return op->slots[size_t(index)].name.c_str(); }
bool ct_operator_has_default(ct_operator_t op, int32_t index) { return op->slots[size_t(index)].fallback.has_value(); }
bool ct_operator_writes(ct_operator_t op, int32_t index) {
    auto *alias = op->handle.schema().arguments()[size_t(index)].alias_info();
    return alias && alias->isWrite();
}
int32_t ct_operator_results(ct_operator_t op) { return op->results; }
bool ct_operator_gives_list(ct_operator_t op, int32_t index) {
    return op->handle.schema().returns()[size_t(index)].type()->kind() == c10::TypeKind::ListType;
}
bool ct_operator_has_derivative(ct_operator_t op) {
    for (auto key : {c10::DispatchKey::Autograd, c10::DispatchKey::AutogradCPU, c10::DispatchKey::CompositeImplicitAutograd})
        if (op->handle.hasKernelForDispatchKey(key)) return true;
    return false;
}

ct_status ct_call(ct_operator_t op, const ct_value *arguments, int32_t count, ct_value *results) {
    return guarded([&] {
        applyThreads();
        auto &slots = op->slots;
        if (size_t(count) > slots.size())
            throw Refused(std::to_string(count) + " arguments given, " + std::to_string(slots.size()) + " taken");
        torch::jit::Stack stack;
        stack.reserve(std::max<size_t>(slots.size(), size_t(op->results)));
        for (size_t k = 0; k < slots.size(); ++k)
            if (k < size_t(count) && arguments[k].tag != CT_DEFAULT) stack.push_back(convert(slots[k], arguments[k]));
            else if (slots[k].fallback) stack.push_back(*slots[k].fallback);
            else throw Refused("argument '" + slots[k].name + "' is missing");
        op->handle.callBoxed(stack);
        for (size_t k = 0; k < stack.size(); ++k) results[k] = result(std::move(stack[k]));
    });
}
}
